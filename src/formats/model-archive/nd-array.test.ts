import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DataError } from '../../base/index.ts';
import { readNdArrays, writeNdArrays } from './nd-array.ts';

const hex = (text: string): Uint8Array =>
  Uint8Array.from(text.match(/[0-9a-fA-F]{2}/g)!, (byte) => Number.parseInt(byte, 16));

const minimal = hex(`1201000000000000 0000000000000000 0200000000000000
  C9FA93F9 00000000 02000000 0200000000000000 0100000000000000 01000000 00000000 00000000 0000003F 000080BF
  C9FA93F9 00000000 02000000 0100000000000000 0100000000000000 01000000 00000000 00000000 0000803E
  0200000000000000 0E00000000000000 6172673A6663305F776569676874 0C00000000000000 6172673A6663305F62696173`);

test('The minimal artifact is written and read byte for byte', () => {
  const arrays = [
    { name: 'arg:fc0_weight', shape: [2, 1], values: [0.5, -1] },
    { name: 'arg:fc0_bias', shape: [1, 1], values: [0.25] },
  ];
  assert.deepEqual(writeNdArrays(arrays), minimal);
  const read = readNdArrays(minimal);
  assert.deepEqual([...read.get('arg:fc0_weight')!.values], [0.5, -1]);
  assert.deepEqual(read.get('arg:fc0_weight')!.shape, [2, 1]);
  assert.deepEqual([...read.get('arg:fc0_bias')!.values], [0.25]);
});

const list = (array: string): Uint8Array =>
  hex(`1201000000000000 0000000000000000 0100000000000000 ${array} 0000000000000000`);

test('Arrays of every version read alike', () => {
  const data = '01000000 00000000 00000000 0000003F 000080BF';
  for (const array of [
    `C9FA93F9 00000000 01000000 0200000000000000 ${data}`,
    `CAFA93F9 00000000 01000000 0200000000000000 ${data}`,
    `C8FA93F9 01000000 0200000000000000 ${data}`,
    `01000000 02000000 ${data}`,
  ]) {
    const read = readNdArrays(list(array)).get('0');
    assert.deepEqual(read, { shape: [2], type: 'float32', values: Float64Array.of(0.5, -1) });
  }
});

test('Arrays of every type read as numbers', () => {
  const read = (type: number, data: string): number[] => [
    ...readNdArrays(list(`C9FA93F9 00000000 01000000 0200000000000000 01000000 00000000 0${type}000000 ${data}`)).get(
      '0',
    )!.values,
  ];
  assert.deepEqual(read(1, '000000000000E03F 000000000000F0BF'), [0.5, -1]);
  assert.deepEqual(read(2, '0038 00BC'), [0.5, -1]);
  assert.deepEqual(read(3, '05 FF'), [5, 255]);
  assert.deepEqual(read(4, '05000000 FFFFFFFF'), [5, -1]);
  assert.deepEqual(read(5, '05 FF'), [5, -1]);
  assert.deepEqual(read(6, '0500000000000000 FFFFFFFFFFFFFFFF'), [5, -1]);
  assert.deepEqual(read(7, '01 00'), [1, 0]);
});

test('An array without shape has no data', () => {
  assert.deepEqual([...readNdArrays(list('C9FA93F9 00000000 00000000')).get('0')!.values], []);
});

test('Every prefix and every changed byte gives arrays or a DataError', () => {
  for (let end = 0; end < minimal.length; end++) {
    assert.throws(() => readNdArrays(minimal.subarray(0, end)), DataError);
  }
  fc.assert(
    fc.property(fc.nat(minimal.length - 1), fc.nat(255), (at, byte) => {
      const copy = minimal.slice();
      copy[at] = byte;
      try {
        readNdArrays(copy);
      } catch (error) {
        assert.ok(error instanceof DataError, String(error));
      }
    }),
    { numRuns: 1000 },
  );
});

test('A sparse array and an unknown type are refused by name', () => {
  assert.throws(() => readNdArrays(list('C9FA93F9 01000000 00000000')), /holds a sparse array \(storage type 1\)/);
  assert.throws(
    () => readNdArrays(list('C9FA93F9 00000000 01000000 0100000000000000 01000000 00000000 0C000000 00')),
    /of the unknown type 12/,
  );
});
