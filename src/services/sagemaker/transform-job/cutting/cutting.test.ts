import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32c } from '@node-rs/crc32';
import fc from 'fast-check';
import { DataError } from '../../../../base/index.ts';
import { frameRecord } from '../../../../framing/index.ts';
import { type SplitType, splits } from './splits.ts';

/** Each chunk in the memory of the one before. */
async function* inChunks(bytes: Uint8Array, chunkBytes: number): AsyncGenerator<Uint8Array> {
  const memory = new Uint8Array(chunkBytes);
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    const piece = bytes.subarray(at, at + chunkBytes);
    memory.set(piece);
    yield memory.subarray(0, piece.length);
    memory.fill(0);
  }
}

async function cut(split: SplitType, bytes: Uint8Array, { single = false, max = 1_000, chunk = 7 } = {}) {
  const bodies: Buffer[] = [];
  for await (const body of splits[split].cut(inChunks(bytes, chunk), { single, bodyBytesMax: max }))
    bodies.push(Buffer.from(body));
  return bodies;
}

const refusal = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
  } catch (thrown) {
    assert.ok(thrown instanceof DataError, String(thrown));
    return thrown.message;
  }
  return assert.fail('nothing was thrown');
};

/** An independent writer of TFRecords: masked CRC-32C as TensorFlow's documentation has it. */
function tfRecord(payload: Uint8Array): Buffer {
  const mask = (bytes: Buffer): number => {
    const crc = BigInt(crc32c(bytes) >>> 0);
    return Number((((crc >> 15n) | ((crc << 17n) & 0xffffffffn)) + 0xa282ead8n) & 0xffffffffn);
  };
  const head = Buffer.alloc(12);
  head.writeBigUInt64LE(BigInt(payload.length));
  head.writeUInt32LE(mask(head.subarray(0, 8)), 8);
  const tail = Buffer.alloc(4);
  tail.writeUInt32LE(mask(Buffer.from(payload)));
  return Buffer.concat([head, payload, tail]);
}

const pieces = { chunk: fc.integer({ min: 1, max: 40 }), max: fc.integer({ min: 60, max: 200 }) };

test('Many lines fill bodies up to the limit, byte for byte and whole', async () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'é', '\n', '\r\n', ','), maxLength: 300 });
  await fc.assert(
    fc.asyncProperty(text, pieces.chunk, pieces.max, async (content, chunk, max) => {
      fc.pre(content.split('\n').every((line) => Buffer.byteLength(line) < max));
      const bodies = await cut('Line', Buffer.from(content), { chunk, max });
      assert.equal(Buffer.concat(bodies).toString(), content);
      bodies.forEach((body, at) => {
        assert.ok(body.length <= max);
        if (at < bodies.length - 1) assert.equal(body.at(-1), 10);
        const lines = splits.Line.records(body);
        assert.ok(Buffer.concat(lines).equals(body));
        assert.equal(lines.length, body.toString().split('\n').length - (body.at(-1) === 10 ? 1 : 0));
      });
      // No two neighbours would have fitted into one.
      for (let at = 2; at < bodies.length; at += 1)
        assert.ok(bodies[at - 1]!.length + splits.Line.records(bodies[at]!)[0]!.length > max);
    }),
  );
});

test('Single lines come without their end and without empty ones', async () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'é', '\n', '\r\n', ','), maxLength: 200 });
  await fc.assert(
    fc.asyncProperty(text, pieces.chunk, async (content, chunk) => {
      const bodies = await cut('Line', Buffer.from(content), { single: true, chunk });
      const lines = content.split(/\r?\n/).filter((line) => line !== '');
      assert.deepEqual(bodies.map(String), lines);
    }),
  );
});

for (const [split, frame] of [
  ['RecordIO', (payload: Uint8Array) => Buffer.from(frameRecord(payload))],
  ['TFRecord', tfRecord],
] as const) {
  test(`Records of ${split} are sent in their frames, single ones without`, async () => {
    const payloads = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(payloads, pieces.chunk, pieces.max, async (records, chunk, max) => {
        const whole = Buffer.concat(records.map(frame));
        const bodies = await cut(split, whole, { chunk, max });
        assert.ok(Buffer.concat(bodies).equals(whole));
        assert.ok(bodies.every((body) => body.length <= max));
        const apart = bodies.flatMap((body) => splits[split].records(body));
        assert.deepEqual(apart.map(Buffer.from), records.map(frame));
        const single = await cut(split, whole, { single: true, chunk });
        assert.deepEqual(
          single,
          records.map((record) => Buffer.from(record)),
        );
      }),
    );
  });
}

test('Without a split the object is one body, and an empty object none', async () => {
  assert.deepEqual((await cut('None', Buffer.from('a\nb\n'), { chunk: 1 })).map(String), ['a\nb\n']);
  for (const split of ['None', 'Line', 'RecordIO', 'TFRecord'] as const)
    assert.deepEqual(await cut(split, Buffer.alloc(0)), []);
});

test('What is larger than a body may be is refused with the limit and what to do', async () => {
  const megabyte = 1024 * 1024;
  const max = { max: megabyte, chunk: 100_000 };
  const advice = 'raise it (up to 100), or split the object by its records with SplitType';
  const long = Buffer.alloc(megabyte + 5, 'x');
  assert.match(await refusal(cut('None', long, max)), /^Too much data for max payload size: the object has \d+ bytes/);
  assert.ok((await refusal(cut('None', long, max))).endsWith(`MaxPayloadInMB allows 1 MB; ${advice}`));
  assert.match(await refusal(cut('Line', long, max)), /: a line has .* allows 1 MB; raise it \(up to 100\)$/);
  assert.match(await refusal(cut('Line', long, { ...max, single: true })), /: a line has/);
  assert.match(await refusal(cut('RecordIO', frameRecord(long), max)), /: a record has/);
});

test('Damaged TFRecords are named', async () => {
  const good = tfRecord(Buffer.from('one'));
  const spoilt = (at: number): Buffer => {
    const bytes = Buffer.concat([good, good]);
    bytes[good.length + at]! ^= 1;
    return bytes;
  };
  assert.equal(await refusal(cut('TFRecord', spoilt(0))), 'Record 2 is damaged: the checksum of its length is wrong');
  assert.equal(await refusal(cut('TFRecord', spoilt(13))), 'Record 2 is damaged: the checksum of its content is wrong');
  assert.equal(
    await refusal(cut('TFRecord', good.subarray(0, 14))),
    'Record 1 is cut off: the object ends 14 bytes after its beginning',
  );
  assert.match(await refusal(cut('TFRecord', Buffer.from('1,2,3\n4,5,6\n'))), /the object is not of TFRecords$/);
});
