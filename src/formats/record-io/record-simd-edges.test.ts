/**
 * A search for what the vectors look at beyond the records they are given: every width around the 4 and 16 floats that are
 * copied at once, every size of what stands before and behind the floats, and every cut between two chunks. The memory
 * is filled before each batch with leavings that are no finite floats.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frameRecord } from '../../framing/index.ts';
import { assembly } from '../../kernels/index.ts';
import { concatBytes } from './protobuf.ts';
import { encodeRecord } from './record-protobuf.ts';
import { recordDecoder } from './record-rows.ts';
import {
  inputBytesMax,
  pieceBytesMax,
  type RecordFunctions,
  recordLayout,
  recordModule,
} from './record-simd-module.ts';

interface Shape {
  width: number;
  /** Where the label's tensor stands; undefined where there is none. */
  label: 'first' | 'last' | undefined;
  /** Bytes of the record's name. */
  uid: number;
}

const featureOf = (row: number, column: number): number => Math.fround(row + column / 8 + 0.25);
const labelOf = (row: number): number => Math.fround(-row - 0.5);

function record({ width, label, uid }: Shape, row: number): Uint8Array {
  const features = Array.from({ length: width }, (_, column) => featureOf(row, column));
  const parts = [encodeRecord({ features: { values: { kind: 'float32', values: features } } })];
  if (label !== undefined) {
    const part = encodeRecord({ label: { values: { kind: 'float32', values: [labelOf(row)] } } });
    if (label === 'first') parts.unshift(part);
    else parts.push(part);
  }
  if (uid > 0) parts.push(encodeRecord({ uid: 'u'.repeat(uid) }));
  return frameRecord(concatBytes(parts));
}

function check(shape: Shape, rowCount: number, cuts: readonly number[] = []): void {
  const bytes = concatBytes(Array.from({ length: rowCount }, (_, row) => record(shape, row)));
  const decoder = recordDecoder({ labelCount: shape.label === undefined ? 0 : 1 });
  let row = 0;
  let from = 0;
  for (const to of [...cuts.filter((cut) => cut < bytes.length), bytes.length]) {
    for (const { rowCount: count, featureCount, features, labels } of decoder.push(bytes.slice(from, to))) {
      assert.equal(featureCount, shape.width);
      for (let i = 0; i < count; i++, row++) {
        for (let j = 0; j < shape.width; j++) {
          if (features[i * shape.width + j] !== featureOf(row, j)) assert.fail(`row ${row}, feature ${j}`);
        }
        if (shape.label !== undefined) assert.equal(labels[i], labelOf(row));
      }
    }
    from = to;
  }
  for (const _ of decoder.end()) assert.fail('no rows are left for the end');
  assert.equal(row, rowCount);
}

test('Records of every width and every order of their parts are decoded', () => {
  for (let width = 1; width <= 70; width++) {
    for (const label of [undefined, 'first', 'last'] as const) {
      for (const uid of [0, 1, 2, 3, 5]) check({ width, label, uid }, 9);
    }
  }
});

test('Wherever two chunks are cut', () => {
  for (const width of [1, 3, 4, 5, 16, 17]) {
    const frameBytes = record({ width, label: 'last', uid: 0 }, 0).length;
    const firsts = [frameBytes, 4 * frameBytes, 30 * frameBytes];
    for (const first of firsts) {
      for (let cut = first - 20; cut <= first + 20; cut++) check({ width, label: 'last', uid: 0 }, 40, [cut]);
    }
  }
});

test('Records with as much before or behind their floats as the memory has room for, and some bytes more or less', () => {
  for (let uid = pieceBytesMax - 70; uid <= pieceBytesMax + 6; uid++) {
    check({ width: 3, label: 'first', uid }, 12);
    check({ width: 3, label: undefined, uid }, 12);
  }
});

test('Records as long as the memory, half of it or a batch, and some floats more or less', () => {
  for (const size of [inputBytesMax, inputBytesMax / 2, 128 * 1024, 64 * 1024]) {
    for (let width = size / 4 - 22; width <= size / 4 + 2; width += size > 128 * 1024 ? 5 : 1) {
      check({ width, label: 'last', uid: 0 }, 5);
    }
  }
});

const program = assembly.openProgram<RecordFunctions>(recordModule(), recordLayout.total);
assert.ok(program !== undefined, 'the engine of the tests has SIMD');
const { memory, functions } = program;
const up16 = (size: number): number => (size + 15) & ~15;

test('What lies behind the last record, and what the memory held before, is of no account', () => {
  const all = new Uint8Array(memory);
  const float = new DataView(memory);
  for (const labelled of [false, true]) {
    for (let width = 1; width <= 40; width++) {
      for (let before = 8; before <= 40; before += 4) {
        for (const behind of [4, 8, 20]) {
          for (const count of [1, 2, 3]) {
            all.fill(0xff, recordLayout.head, recordLayout.input + 8192);
            all.fill(0xff, recordLayout.features, recordLayout.features + 8192);
            const featuresEnd = before + 4 * width;
            const frameBytes = featuresEnd + behind;
            // Every byte but the floats is a 7, and counts.
            const labelAt = labelled ? featuresEnd : 0;
            const counts = (at: number): boolean =>
              at < frameBytes && (at < before || at >= featuresEnd + (labelled ? 4 : 0));
            for (let at = 0; at < up16(before); at++) {
              all[recordLayout.head + at] = 7;
              all[recordLayout.headMask + at] = counts(at) && at < before ? 255 : 0;
            }
            for (let at = 0; at < up16(behind); at++) {
              all[recordLayout.tail + at] = 7;
              all[recordLayout.tailMask + at] = counts(featuresEnd + at) ? 255 : 0;
            }
            for (let row = 0; row < count; row++) {
              const start = recordLayout.input + row * frameBytes;
              all.fill(7, start, start + frameBytes);
              for (let j = 0; j < width; j++) float.setFloat32(start + before + 4 * j, featureOf(row, j), true);
              if (labelled) float.setFloat32(start + labelAt, labelOf(row), true);
            }
            const sizes = [up16(before), featuresEnd, up16(behind), before, width, labelAt] as const;
            assert.equal(functions.take(count, frameBytes, ...sizes), count);
            for (let at = 0; at < count * width; at++) {
              const value = float.getFloat32(recordLayout.features + 4 * at, true);
              if (value !== featureOf(Math.floor(at / width), at % width)) assert.fail(`value ${at} of width ${width}`);
            }
            for (let row = 0; labelled && row < count; row++) {
              assert.equal(float.getFloat32(recordLayout.labels + 4 * row, true), labelOf(row));
            }
          }
        }
      }
    }
  }
});
