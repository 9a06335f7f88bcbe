import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Crc64Nvme } from '@aws-sdk/crc64-nvme';
import fc from 'fast-check';
import { runningCrc64 } from './crc64.ts';

it('any bytes in any pieces have the checksum that the published package gives them', async () => {
  const sizes = fc.oneof(fc.nat(40), fc.constantFrom(4095, 65_535, 65_536, 65_537, 131_072, 262_144, 300_003));
  await fc.assert(
    fc.asyncProperty(fc.array(sizes, { maxLength: 5 }), fc.nat(255), async (lengths, seed) => {
      const ours = runningCrc64();
      const theirs = new Crc64Nvme();
      for (const [at, length] of lengths.entries()) {
        // From an odd place in a larger memory, as pieces of the network are.
        const bytes = Uint8Array.from(
          { length: length + 1 },
          (_, place) => (place * 31 + at * 7 + seed) % 251,
        ).subarray(1);
        ours.update(bytes);
        theirs.update(bytes);
      }
      assert.equal(ours.result(), Buffer.from(await theirs.digest()).toString('base64'));
    }),
    { numRuns: 60 },
  );
});
