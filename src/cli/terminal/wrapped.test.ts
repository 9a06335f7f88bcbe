import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wrapped } from './wrapped.ts';

test('Long lines go on below where their last column begins, and brackets stay whole', () => {
  assert.equal(wrapped('short', 40), 'short');
  assert.equal(wrapped('one two three four', 10), 'one two\nthree four');
  assert.equal(
    wrapped('  -f [--follow]  Go on until the job ends', 30),
    '  -f [--follow]  Go on until\n                 the job ends',
  );
  assert.equal(
    wrapped('  linnet up [--port port] [--host address]', 30),
    '  linnet up [--port port]\n    [--host address]',
  );
});
