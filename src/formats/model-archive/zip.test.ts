import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { zipSync } from 'fflate';
import { DataError } from '../../base/index.ts';
import { readZip, writeZip } from './zip.ts';

const members = { 'manifest.json': new TextEncoder().encode('{}'), 'a.bin': Uint8Array.of(1, 2, 3) };

test('Members are stored, undated and marked as regular files, as in the original', () => {
  const bytes = writeZip(members);
  const view = new DataView(bytes.buffer);
  const central = view.getUint32(bytes.length - 6, true);
  assert.equal(view.getUint32(central, true), 0x02014b50);
  assert.equal(view.getUint16(central + 4, true), 0x0314, 'made by version 2.0 on Unix');
  assert.equal(view.getUint16(central + 6, true), 20, 'needs version 2.0');
  assert.equal(view.getUint16(central + 8, true), 0, 'no encryption, no data descriptor');
  assert.equal(view.getUint16(central + 10, true), 0, 'stored');
  assert.equal(view.getUint16(central + 14, true), (1 << 5) | 1, '1 January 1980');
  assert.equal(view.getUint32(central + 38, true), 0x81a40000, 'external attributes');
  assert.deepEqual(writeZip(members), bytes, 'the same members give the same bytes');
  assert.deepEqual(Object.fromEntries(readZip(bytes)), members);
});

test('Every prefix and every changed byte gives members or a DataError', () => {
  const bytes = writeZip(members);
  for (let end = 0; end < bytes.length; end++) assert.throws(() => readZip(bytes.subarray(0, end)), DataError);
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, byte) => {
      const copy = bytes.slice();
      copy[at] = byte;
      try {
        readZip(copy);
      } catch (error) {
        assert.ok(error instanceof DataError, String(error));
      }
    }),
    { numRuns: 500 },
  );
});

test('Every bit that is turned in a member is noticed', () => {
  const numbers = Uint8Array.from({ length: 200 }, (_, at) => (at * at) % 251);
  for (const level of [0, 9] as const) {
    const bytes = zipSync({ 'a.bin': numbers }, { level });
    const { length } = bytes;
    for (let bit = 8 * 30; bit < 8 * (length - 22); bit++) {
      const copy = bytes.slice();
      copy[bit >> 3]! ^= 1 << (bit & 7);
      try {
        const member = readZip(copy).get('a.bin');
        if (member !== undefined) assert.deepEqual(member, numbers, `bit ${bit} at level ${level}`);
      } catch (error) {
        assert.ok(error instanceof DataError, String(error));
      }
    }
  }
});

test('A member that says it unpacks to far more than it has is refused before it is unpacked', () => {
  const bytes = writeZip(members);
  const view = new DataView(bytes.buffer);
  const central = view.getUint32(bytes.length - 6, true);
  view.setUint32(central + 24, 300 * 2 ** 20, true);
  assert.throws(() => readZip(bytes), /^DataError: The zip archive unpacks to more than 500 times its bytes/);
});
