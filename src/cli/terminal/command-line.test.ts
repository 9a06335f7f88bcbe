import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { typed } from './command-line.ts';

test('A command is shown as it can be typed', () => {
  const home = join(homedir(), '.linnet');
  assert.equal(typed('run', home, {}), 'linnet run');
  assert.equal(typed('env', home, { npm_command: 'exec' }), 'npx linnet env');
  assert.equal(typed('up', "/a b/it's/.linnet", {}), "linnet up --data-dir '/a b/it'\\''s/.linnet'");
  assert.equal(typed('up', home, { LINNET_DATA_DIR: home }), `linnet up --data-dir ${home}`);
});
