// What can be done with a trained model on the command line, without a server.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { linnet } from './linnet-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'linnet-models-test-'));
const at = (name: string): string => join(folder, name);
const model = at('model.tar.gz');
const here = ['--data-dir', at('data')];

/** People of two towns: the older of the south say yes. */
const rows = Array.from({ length: 200 }, (_, row) => {
  const age = 20 + ((row * 37) % 60);
  const town = ['north', 'south', ''][row % 3]!;
  return { age, town, answer: age + (town === 'south' ? 15 : 0) + ((row * 13) % 17) > 60 ? 'yes' : 'no' };
});

before(async () => {
  const lines = rows.map(({ age, town, answer }) => `${age},${town},${answer}`);
  writeFileSync(at('people.csv'), `age,town,answer\n${lines.join('\n')}\n`);
  const asked = ['--label', 'answer', '--algorithm', 'linear-learner', '-o', model];
  const { code, err } = await linnet('train', at('people.csv'), ...asked, ...here);
  assert.equal(code, 0, err);
});
after(() => rmSync(folder, { recursive: true, force: true }));

test('export writes what the name of the file or --to says, prints it to -, and else says what to type', async () => {
  const saved = await linnet('export', model, at('model.sql'));
  assert.equal(saved.code, 0, saved.err);
  assert.match(
    saved.out.replaceAll('\n', ' '),
    /as SQL \([\d,]+ bytes\)\. It takes raw rows by the names of 2 columns\./,
  );
  const printed = await linnet('export', model, '--to', 'sql', '-o', '-');
  assert.equal(printed.out, readFileSync(at('model.sql'), 'utf8'));
  const facts = JSON.parse((await linnet('export', model, '-o', at('m.onnx'), '--json')).out);
  assert.deepEqual([facts.to, facts.takes, facts.columns], ['ONNX', 'features', null]);
  const unnamed = await linnet('export', model);
  assert.equal(unnamed.code, 2);
  assert.match(
    unnamed.err,
    /Name one of onnx, pmml, json, sql, typescript, such as\nlinnet: linnet export .* --to sql/,
  );
});
