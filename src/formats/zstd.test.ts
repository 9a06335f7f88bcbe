import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unpackZstdFrame } from './zstd.ts';

/**
 * A frame (RFC 8878, section 3.1.1) of one raw block, which needs a window of 128 MiB and ends with a checksum of its content;
 * this one is wrong.
 */
const damagedFrame = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x04, 17 << 3, (1 << 3) | 1, 0, 0, 0x61, 1, 2, 3, 4);
/** The same without a checksum. */
const wholeFrame = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 17 << 3, (1 << 3) | 1, 0, 0, 0x61);

async function unpack(frame: Uint8Array): Promise<string> {
  const pieces: Uint8Array[] = [];
  const chunks = (async function* () {
    yield frame;
  })();
  for await (const piece of unpackZstdFrame(chunks, (fact) => new Error(fact))) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

test('damaged frames leave the decoder the memory that it has', async () => {
  assert.equal(await unpack(wholeFrame), 'a');
  // Their windows together are more than WebAssembly can address.
  for (let count = 0; count < 20; count += 1) await assert.rejects(unpack(damagedFrame), /their checksum/);
  assert.equal(await unpack(wholeFrame), 'a');
});

test('a frame that is being read is not disturbed by a damaged one', async () => {
  const chunks = (async function* () {
    yield wholeFrame.subarray(0, 8);
    await assert.rejects(unpack(damagedFrame), /their checksum/);
    await assert.rejects(unpack(damagedFrame), /their checksum/);
    yield wholeFrame.subarray(8);
  })();
  const pieces: Uint8Array[] = [];
  for await (const piece of unpackZstdFrame(chunks, (fact) => new Error(fact))) pieces.push(piece);
  assert.equal(Buffer.concat(pieces).toString(), 'a');
});
