import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeFrame, type Frame, frameReader } from './frames.ts';

const frames: Frame[] = [
  { id: 1, status: 0, headers: { 'content-type': 'text/csv' }, body: Buffer.from('1,2') },
  { id: 2, status: 0, headers: { 'content-type': 'text/csv' }, body: Buffer.alloc(0) },
  { id: 4_294_967_295, status: 503, headers: { 'x-café': 'ünïcode ✓' }, body: Buffer.alloc(20_000, 'x') },
  { id: 3, status: 200, headers: {}, body: Buffer.alloc(5_000, 'y') },
];
const wire = Buffer.concat(frames.flatMap(encodeFrame));

function readIn(pieces: readonly Buffer[], bodyBytesMax = 1e6): { read: Frame[]; tooLarge: [number, number][] } {
  const read: Frame[] = [];
  const tooLarge: [number, number][] = [];
  const push = frameReader({
    bodyBytesMax,
    onFrame: (frame) => read.push({ ...frame, body: Buffer.from(frame.body) }),
    onTooLarge: (id, bytes) => tooLarge.push([id, bytes]),
  });
  for (const piece of pieces) push(piece);
  return { read, tooLarge };
}

const cutAt = (size: number): Buffer[] =>
  Array.from({ length: Math.ceil(wire.length / size) }, (_, n) => wire.subarray(n * size, (n + 1) * size));

test('Frames come back whole, however the bytes are cut', () => {
  for (const size of [1, 2, 3, 7, 11, 12, 13, 64, 1000, 19_999, wire.length]) {
    assert.deepEqual(readIn(cutAt(size)).read, frames, `pieces of ${size}`);
  }
});

test('A body beyond the limit is passed over and named; what follows is read', () => {
  for (const size of [1, 5, 13, 4096, wire.length]) {
    const { read, tooLarge } = readIn(cutAt(size), 6_000);
    assert.deepEqual(tooLarge, [[4_294_967_295, 20_000]], `pieces of ${size}`);
    assert.deepEqual(read, [frames[0], frames[1], frames[3]], `pieces of ${size}`);
  }
});
