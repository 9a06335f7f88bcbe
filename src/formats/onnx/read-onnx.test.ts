import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { DataError } from '../../base/index.ts';
import { bytesField, concatBytes } from '../record-io/protobuf.ts';
import { encodeOnnx, type OnnxGraph } from './onnx.ts';
import { readOnnx } from './read-onnx.ts';
import { withoutZipMaps } from './without-zip-maps.ts';

const fixtures = new URL('../../../../test/fixtures/onnx/', import.meta.url);
const graph: OnnxGraph = {
  name: 'a product',
  inputs: [
    { name: 'x', kind: 'float32', shape: ['rows', 2] },
    { name: 'w', kind: 'float32', shape: [2, 1] },
  ],
  outputs: [{ name: 'y', kind: 'float32', shape: ['rows', 1] }],
  nodes: [{ operator: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] }],
  constants: [{ name: 'w', kind: 'float32', shape: [2, 1], values: [1, 2] }],
};

test('A model says which inputs a caller gives, and their types and sizes', () => {
  const { inputs, outputs, opsets, irVersion, zipMaps, externalFiles } = readOnnx(encodeOnnx(graph));
  assert.deepEqual(
    [...inputs, ...outputs].map(({ name, element, shape }) => ({ name, element, shape })),
    [
      { name: 'x', element: 1, shape: ['rows', 2] },
      { name: 'y', element: 1, shape: ['rows', 1] },
    ],
  );
  assert.deepEqual([...opsets], [['', 17]]);
  assert.deepEqual([irVersion, zipMaps, externalFiles], [8, [], []]);
});

test('The maps of scikit-learn become tensors whose columns have names', () => {
  for (const [file, labels] of [
    ['pipeline.onnx', ['setosa', 'versicolor', 'virginica']],
    ['mlp.onnx', [0n, 1n, 2n]],
  ] as const) {
    const bytes = readFileSync(new URL(file, fixtures));
    const facts = readOnnx(bytes);
    assert.deepEqual(
      facts.zipMaps.map((zipMap) => [zipMap.output, zipMap.labels]),
      [['output_probability', labels]],
    );
    const changed = readOnnx(withoutZipMaps(bytes, facts));
    assert.deepEqual(changed.zipMaps, []);
    assert.deepEqual(changed.outputs.map(({ name, element, shape }) => ({ name, element, shape })).at(-1), {
      name: 'output_probability',
      element: 1,
      shape: ['rows', 3],
    });
  }
});

test('A model that was cut, changed or is none is a DataError or another model, and never a crash', () => {
  const whole = readFileSync(new URL('pipeline.onnx', fixtures));
  const read = (bytes: Uint8Array): void => {
    try {
      const facts = readOnnx(bytes);
      withoutZipMaps(bytes, facts);
    } catch (error) {
      assert.ok(error instanceof DataError, String(error));
      assert.match(error.message, /^It is damaged, or no ONNX model: /);
    }
  };
  for (let length = 0; length < whole.length; length++) read(whole.subarray(0, length));
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), read), { numRuns: 500 });
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, value) => {
      const bytes = Uint8Array.from(whole);
      bytes[at] = value;
      read(bytes);
    }),
    { numRuns: 1000 },
  );
});

test('Weights in files beside the model are named', () => {
  const text = (field: number, value: string) => bytesField(field, new TextEncoder().encode(value));
  const weights = concatBytes([text(8, 'w'), bytesField(13, concatBytes([text(1, 'location'), text(2, 'w.bin')]))]);
  const bytes = bytesField(7, concatBytes([bytesField(5, weights), bytesField(12, text(1, 'y'))]));
  assert.deepEqual(readOnnx(bytes).externalFiles, ['w.bin']);
});
