import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readRecordIo } from '../framing/index.ts';
import { pythonFloat, pythonJson } from './json/python-json.ts';
import { encodePredictions, type Predictions, renderCsv, renderJson, renderJsonLines } from './predictions.ts';
import { decodeRecord } from './record-io/record-protobuf.ts';

const binary: Predictions = {
  rowCount: 2,
  scoreCount: 1,
  scores: Float32Array.of(0.9899773597717285, 0),
  labels: Int32Array.of(1, 0),
};
const multiclass: Predictions = {
  rowCount: 1,
  scoreCount: 3,
  scores: Float32Array.of(0.25, 0.5, 0.125),
  labels: Int32Array.of(1),
};
const regressor: Predictions = {
  rowCount: 1,
  scoreCount: 1,
  scores: Float32Array.of(11.144815444946289),
  labels: undefined,
};

test('JSON answers look as the original prints them', () => {
  assert.equal(renderJson(regressor), '{"predictions": [{"score": 11.144815444946289}]}');
  assert.equal(
    renderJson(binary),
    '{"predictions": [{"score": 0.9899773597717285, "predicted_label": 1}, {"score": 0.0, "predicted_label": 0}]}',
  );
  assert.equal(renderJson(multiclass), '{"predictions": [{"score": [0.25, 0.5, 0.125], "predicted_label": 1}]}');
});

test('JSON Lines answers are compact, sorted, and end every line', () => {
  assert.equal(renderJsonLines(regressor), '{"score":11.144815444946289}\n');
  assert.equal(
    renderJsonLines(binary),
    '{"predicted_label":1,"score":0.9899773597717285}\n{"predicted_label":0,"score":0.0}\n',
  );
  assert.equal(renderJsonLines(multiclass), '{"predicted_label":1,"score":[0.25,0.5,0.125]}\n');
});

test('CSV answers hold the label, then the scores', () => {
  assert.equal(renderCsv(regressor), '11.144815444946289\n');
  assert.equal(renderCsv(binary), '1,0.9899773597717285\n0,0.0\n');
  assert.equal(renderCsv(multiclass), '1,0.25,0.5,0.125\n');
});

test('The worked example of a response record comes out byte for byte', () => {
  const bytes = encodePredictions({
    rowCount: 1,
    scoreCount: 1,
    scores: Float32Array.of(0.75),
    labels: Int32Array.of(1),
  });
  assert.equal(
    Buffer.from(bytes).toString('hex').toUpperCase(),
    '0A23D7CE30000000121B0A0F7072656469637465645F6C6162656C120812060A040000803F12110A0573636F7265120812060A040000403F',
  );
});

test('Every record of an answer reads back', () => {
  const [first, second] = readRecordIo(encodePredictions(binary)).map((payload) => decodeRecord(payload).label!);
  assert.deepEqual(first?.score?.values, Float32Array.of(0.9899773597717285));
  assert.deepEqual(second?.predicted_label?.values, Float32Array.of(0));
  const [only] = readRecordIo(encodePredictions(multiclass)).map((payload) => decodeRecord(payload).label!);
  assert.deepEqual(only?.score?.values, multiclass.scores);
});

test('Floats print as Python prints them', () => {
  for (const [value, text] of [
    [1e-5, '1e-05'],
    [0.0001, '0.0001'],
    [0.00001234, '1.234e-05'],
    [5827, '5827.0'],
    [1e16, '1e+16'],
    [123456789012345680, '1.2345678901234568e+17'],
    [9999999999999998, '9999999999999998.0'],
    [-0, '-0.0'],
    [1e-320, '1e-320'],
    [-2.5e100, '-2.5e+100'],
  ] as const) {
    assert.equal(pythonFloat(value), text);
  }
  assert.equal(pythonJson({ a: [1, 0.5, null, true], 'ü\n': 'x' }), '{"a": [1, 0.5, null, true], "\\u00fc\\n": "x"}');
});

test('A printed score reads back as the same float32', () => {
  fc.assert(
    fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (score) => {
      const text = renderJson({ rowCount: 1, scoreCount: 1, scores: Float32Array.of(score), labels: undefined });
      assert.ok(Object.is(JSON.parse(text).predictions[0].score, Float32Array.of(score)[0]));
    }),
  );
});
