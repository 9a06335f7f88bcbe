import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DataError } from '../base/index.ts';
import { LineQueue, lineEnd } from './line-queue.ts';

const refused = () => new DataError('too long');

test('Lines come whole wherever the chunks are cut, and nothing is lost or comes twice', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'é', '\n', '\r\n'), maxLength: 60 });
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 20 }), (content, chunkBytes) => {
      const bytes = Buffer.from(content);
      const lines = new LineQueue(1_000);
      let found = '';
      const push = (chunk: Uint8Array): void => {
        const whole = lines.join(chunk, refused);
        const taken = Buffer.from(whole.bytes.subarray(0, whole.end)).toString();
        assert.ok(taken === '' || taken.endsWith('\n'));
        found += taken;
        lines.keepRest(whole);
      };
      for (let at = 0; at < bytes.length; at += chunkBytes) push(bytes.subarray(at, at + chunkBytes));
      assert.equal(lines.isInside, content !== '' && !content.endsWith('\n'));
      if (lines.isInside) push(lineEnd);
      assert.equal(found, content === '' || content.endsWith('\n') ? content : `${content}\n`);
      assert.equal(lines.isInside, false);
    }),
  );
});

test('A line may have as many bytes as allowed, over chunks too, and not one more', () => {
  const lines = new LineQueue(4);
  lines.keepRest(lines.join(Buffer.from('ab\ncd'), refused));
  lines.keepRest(lines.join(Buffer.from('ef'), refused));
  assert.throws(() => lines.join(Buffer.from('g'), refused), DataError);
});
