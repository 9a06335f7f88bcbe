import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { it } from 'node:test';
import fc from 'fast-check';
import { lineBytesMax, readLines } from './lines.ts';

const linesOf = async (chunks: readonly Uint8Array[]): Promise<string[]> => {
  const lines: string[] = [];
  await readLines(Readable.from(chunks.map((chunk) => Buffer.from(chunk))), (line) => void lines.push(line));
  return lines;
};

it('lines are the same however the bytes are cut into chunks', async () => {
  const text = fc
    .array(fc.constantFrom('a', 'é', '🦉', '\n', '\r', '\r\n', ''), { maxLength: 20 })
    .map((parts) => parts.join(''));
  await fc.assert(
    fc.asyncProperty(text, fc.array(fc.nat(40), { maxLength: 8 }), async (text, cuts) => {
      const bytes = Buffer.from(text);
      const at = [
        0,
        ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((left, right) => left - right),
        bytes.length,
      ];
      const chunks = at.slice(1).map((end, place) => bytes.subarray(at[place]!, end));
      // Ends are kept while splitting, to tell an overwritten nothing from an empty line.
      const parts = text.match(/[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+$/g) ?? [];
      const expected = parts
        .filter((part, place) => part !== '\r' || place < 0)
        .map((part) => part.replace(/[\r\n]+$/, ''));
      assert.deepEqual(await linesOf(chunks), expected);
    }),
  );
});

it('output that is not UTF-8 is told with replacement characters', async () => {
  assert.deepEqual(await linesOf([Uint8Array.of(0x61, 0xff, 0x62, 0x0a, 0xc3)]), ['a\ufffdb', '\ufffd']);
});

it('a line without end is told in pieces while it comes, so that it never fills the memory', async () => {
  let told = 0;
  let chunkCount = 0;
  const endless = Readable.from(
    (function* () {
      while (told < 50 * lineBytesMax) {
        chunkCount++;
        yield Buffer.alloc(65_536, 'x');
      }
    })(),
  );
  await readLines(endless, (line) => {
    assert.ok(line.length <= lineBytesMax);
    told += line.length;
  });
  assert.equal(told, chunkCount * 65_536);
});
