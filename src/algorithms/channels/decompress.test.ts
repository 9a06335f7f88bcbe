import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { DataError } from '../../base/index.ts';
import { compressionOf, decompressed } from './decompress.ts';
import { endlessFrame, packedCsv, packedRecords } from './zstd.testing.ts';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

async function* chunked(bytes: Uint8Array, chunkBytes: number): AsyncGenerator<Uint8Array> {
  // One memory for all chunks, as files are read.
  const memory = new Uint8Array(chunkBytes);
  for (let p = 0; p < bytes.length; p += chunkBytes) {
    const part = bytes.subarray(p, p + chunkBytes);
    memory.set(part);
    yield memory.subarray(0, part.length);
  }
}

async function unpack(bytes: Uint8Array, { chunkBytes = 1000, name = 'train/a' } = {}): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of decompressed(chunked(bytes, chunkBytes), name)) parts.push(chunk.slice());
  return Buffer.concat(parts);
}

// Made with zstd 1.5 of the text that is beside each.
const rows = { text: '1,2\n3,4\n', packed: hex('28b52ffd0458410000312c320a332c340a0e73ba36') };
const unchecked = { text: rows.text, packed: hex('28b52ffd0058410000312c320a332c340a') };
const sevens = {
  text: `${'7'.repeat(300_000)}\n`,
  packed: hex('28b52ffd04684c000008370100fcff391002020010374d0000080a0100dd131d0001c449d9a7'),
};
const skippable = hex('502a4d1804000000deadbeef');
/** `zstd --ultra -22 --long=31` */
const wideWindow = hex('28b52ffd04a8110000780aaefde922');

test('Zstd is told by its first bytes and unpacked, of several frames too, wherever the chunks are cut', async () => {
  const packed = Buffer.concat([skippable, rows.packed, unchecked.packed, skippable, sevens.packed, rows.packed]);
  const text = rows.text + unchecked.text + sevens.text + rows.text;
  for (const chunkBytes of [1, 2, 3, 5, 17, 1000]) {
    const bytes = await unpack(packed, { chunkBytes });
    assert.ok(bytes.equals(Buffer.from(text)), `in chunks of ${chunkBytes}`);
  }
});

test('Gzip of several members is unpacked', async () => {
  const packed = Buffer.concat([gzipSync('1,2\n'), gzipSync('3,4\n'), gzipSync('')]);
  for (const chunkBytes of [1, 7, 1000]) assert.equal((await unpack(packed, { chunkBytes })).toString(), rows.text);
});

test('Other bytes pass as they are, few or none too', async () => {
  for (const text of ['', '1', '1,2\n', rows.text]) {
    for (const chunkBytes of [1, 1000]) {
      assert.equal((await unpack(Buffer.from(text), { chunkBytes })).toString(), text);
    }
  }
});

test('A file that is not what its name says is refused', async () => {
  const message = /^DataError: "train\/a\.csv\.gz" is named as gzip but does not begin as gzip$/;
  await assert.rejects(unpack(Buffer.from('1,2\n'), { name: 'train/a.csv.gz' }), message);
  await assert.rejects(unpack(Buffer.from('1'), { name: 'a.zst' }), /is named as zstd but does not begin as zstd$/);
  assert.equal((await unpack(new Uint8Array(0), { name: 'a.gz' })).length, 0);
  assert.equal((await unpack(gzipSync('1,2\n'), { name: 'a' })).toString(), '1,2\n');
});

test('Every proper prefix of packed bytes is refused, but at the end of a frame', async () => {
  const packed = Buffer.concat([rows.packed, sevens.packed]);
  for (let length = 4; length < packed.length; length++) {
    if (length === rows.packed.length) continue;
    await assert.rejects(unpack(packed.subarray(0, length)), /^DataError: "train\/a" is damaged: .* as a zstd file\)$/);
  }
  const zipped = gzipSync(rows.text);
  for (let length = 4; length < zipped.length; length++) {
    await assert.rejects(unpack(zipped.subarray(0, length)), /^DataError: "train\/a" is damaged: .* as a gzip file\)$/);
  }
});

test('What follows the packed bytes is refused rather than passed over', async () => {
  for (const packed of [rows.packed, gzipSync(rows.text)]) {
    await assert.rejects(unpack(Buffer.concat([packed, Buffer.from('5,6\n')])), /^DataError: "train\/a" is damaged: /);
  }
});

test('A frame that asks for more memory than is wise is refused', async () => {
  await assert.rejects(
    unpack(wideWindow),
    /a frame asks for a window of 2147483648 bytes, at most 134217728 is allowed/,
  );
});

/** `count` bytes as the decoders give them, until what makes them ends. */
async function unpackedBytes(packed: AsyncIterable<Uint8Array>): Promise<number> {
  let count = 0;
  for await (const chunk of decompressed(packed, 'train/a')) {
    assert.ok(chunk.length <= 1 << 18);
    count += chunk.length;
    if (count > 2 ** 29) break;
  }
  return count;
}

test('Bytes that unpack to very many are refused soon, and never held', async () => {
  const refusal = /^DataError: "train\/a" unpacks to more than 500 times its bytes \(268\d{6} from \d+\)/;
  // 40 GB behind 1.2 MB: blocks of 128 KiB, each a run of one byte.
  const run = hex('02001037');
  const frame = Buffer.concat([hex('28b52ffd0058'), Buffer.alloc(run.length * 300_000, run)]);
  await assert.rejects(unpackedBytes(chunked(frame, 1 << 20)), refusal);
  const zeros = async function* (): AsyncGenerator<Uint8Array> {
    const member = gzipSync(new Uint8Array(1 << 24), { level: 9 });
    for (;;) yield member;
  };
  await assert.rejects(unpackedBytes(zeros()), refusal);
  assert.ok(process.memoryUsage().rss < 600 * 2 ** 20);
});

test('A file of few different rows is welcome', async () => {
  const rows = '1,0,0,0\n'.repeat(4_000_000);
  assert.equal(await unpackedBytes(chunked(gzipSync(rows), 1 << 20)), rows.length);
});

test('Every bit that is turned in a zstd file with a checksum is noticed, unless the rows stay the same', async () => {
  for (const packed of [packedCsv, packedRecords]) {
    const content = await unpack(packed);
    let refused = 0;
    // The first four bytes say what the file is; without them it is another format.
    for (let bit = 32; bit < 8 * packed.length; bit += 13) {
      const copy = packed.slice();
      copy[bit >> 3]! ^= 1 << (bit & 7);
      const unpacked = await unpack(copy).catch((error: unknown) => {
        assert.ok(error instanceof DataError, String(error));
        refused++;
      });
      if (unpacked !== undefined) assert.ok(unpacked.equals(content), `bit ${bit}`);
    }
    assert.ok(refused > packed.length / 2, `${refused} were refused`);
  }
});

test('A damaged frame that no decoder finds the end of is refused', async () => {
  await assert.rejects(unpack(endlessFrame), /^DataError: "train\/a" is damaged: /);
});

test('Who leaves in the middle of a frame can read the next one', async () => {
  for (let round = 0; round < 3; round++) {
    for await (const chunk of decompressed(chunked(sevens.packed, 1000), 'train/a')) {
      assert.equal(chunk[0], 55);
      break;
    }
    assert.equal((await unpack(rows.packed)).toString(), rows.text);
  }
});

test('An error of the source of the bytes stays what it is', async () => {
  const failing = async function* (): AsyncGenerator<Uint8Array> {
    yield gzipSync('1,2\n').subarray(0, 12);
    throw new DataError('The source is gone');
  };
  await assert.rejects(async () => {
    for await (const _ of decompressed(failing(), 'a'));
  }, /^DataError: The source is gone$/);
});

test('Damaged bytes give bytes or a DataError', async () => {
  const damaged = fc
    .tuple(
      fc.constantFrom(rows.packed, sevens.packed, gzipSync(rows.text)),
      fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 3 }),
      fc.integer({ min: 1, max: 50 }),
    )
    .map(([bytes, changes, chunkBytes]) => {
      const copy = Uint8Array.from(bytes);
      for (const [at, byte] of changes) copy[at % copy.length] = byte;
      return { copy, chunkBytes };
    });
  await fc.assert(
    fc.asyncProperty(damaged, async ({ copy, chunkBytes }) => {
      try {
        await unpack(copy, { chunkBytes });
      } catch (error) {
        assert.ok(error instanceof DataError, String(error));
      }
    }),
    { numRuns: 200 },
  );
  assert.equal(compressionOf(new Uint8Array(0)), undefined);
});
