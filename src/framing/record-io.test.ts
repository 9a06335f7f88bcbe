import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DataError } from '../base/index.ts';
import { frameRecord, RecordIoReader, readRecordIo } from './record-io.ts';

const magic = [0x0a, 0x23, 0xd7, 0xce];
const part = (flag: number, payload: readonly number[]): number[] => [
  ...magic,
  payload.length,
  0,
  0,
  flag << 5,
  ...payload,
  ...new Array((4 - (payload.length % 4)) % 4).fill(0),
];
const messageOf = (bytes: readonly number[]): string => {
  try {
    readRecordIo(Uint8Array.from(bytes), 'train/part-0');
  } catch (error) {
    assert.ok(error instanceof DataError, String(error));
    return error.message;
  }
  return assert.fail('no fault');
};

test('Payloads come back whole wherever the chunks are cut', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), fc.integer({ min: 1, max: 50 }), (payloads, chunkBytes) => {
      const bytes = Uint8Array.from(payloads.flatMap((payload) => [...frameRecord(payload)]));
      assert.deepEqual(readRecordIo(bytes), payloads);
      const reader = new RecordIoReader();
      const found: Uint8Array[] = [];
      for (let p = 0; p < bytes.length; p += chunkBytes) {
        reader.append(bytes.slice(p, p + chunkBytes));
        while (reader.next()) found.push(reader.bytes.slice(reader.start, reader.end));
      }
      reader.finish();
      assert.deepEqual(found, payloads);
    }),
  );
});

test('A record that a dmlc writer split gets its magic words back', () => {
  // Payload: 1 2 3 4, magic, magic, 5: cut at both, the middle part is empty.
  const bytes = Uint8Array.from([...part(1, [1, 2, 3, 4]), ...part(2, []), ...part(3, [5]), ...part(0, [9])]);
  assert.deepEqual(readRecordIo(bytes), [Uint8Array.from([1, 2, 3, 4, ...magic, ...magic, 5]), Uint8Array.from([9])]);
  // The piece before the first cut may be empty.
  assert.deepEqual(readRecordIo(Uint8Array.from([...part(1, []), ...part(3, [7])])), [Uint8Array.from([...magic, 7])]);
});

test('An unsplit record may hold the magic', () => {
  assert.deepEqual(readRecordIo(Uint8Array.from(part(0, magic))), [Uint8Array.from(magic)]);
});

test('Damage is named by record and byte', () => {
  const good = part(0, [1, 2, 3, 4]);
  assert.equal(
    messageOf([...good, ...good, 1, 2, 3, 4, 5, 6, 7, 8]),
    'Record 3 of "train/part-0", at byte 24, does not begin with the RecordIO magic CED7230A but with 04030201: the data are damaged',
  );
  assert.equal(
    messageOf([...good, ...good.slice(0, 10)]),
    'Record 2 of "train/part-0", at byte 12, is cut off: the data end at byte 22',
  );
  assert.match(messageOf([...good, ...part(1, [1])]), /^Record 2 .* is cut off: the data end at byte 24$/);
  assert.match(messageOf([...part(1, [1]), ...good]), /a new record begins before its last part$/);
  assert.match(messageOf(part(2, [1])), /its first part is missing$/);
  assert.match(messageOf(part(5, [1])), /damaged length word \(flag 5\)$/);
  assert.match(messageOf([...magic, 0xff, 0xff, 0xff, 0x1f, 1]), /has 536870911 bytes, the limit is 134217728$/);
});

test('Every proper prefix of a file that does not end between records is refused', () => {
  const bytes = [...part(0, [1, 2, 3, 4, 5]), ...part(0, [6])];
  for (let end = 1; end < bytes.length; end++) {
    if (end !== 16) assert.match(messageOf(bytes.slice(0, end)), /cut off|is not RecordIO/);
  }
});

test('Text in the place of records is named by its content type', () => {
  assert.equal(
    messageOf([...new TextEncoder().encode('1,2,3\n4,5,6\n')]),
    '"train/part-0" is not RecordIO-protobuf (byte 0 of record 1 is no RecordIO magic): it is text; CSV needs the content type text/csv',
  );
});
