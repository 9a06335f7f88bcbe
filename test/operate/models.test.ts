// What can be done with a trained model on the command line, without a server.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { linnet, startLinnet } from './linnet-command.ts';

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

test('serve answers raw rows and plain ones on loopback as the model does, and ends at a signal', async (t) => {
  const child = startLinnet(t, 'serve', model, '--port', '0', '--json');
  const [first] = (await once(createInterface(child.stdout!), 'line')) as [string];
  const { address } = JSON.parse(first);
  assert.match(address, /^http:\/\/127\.0\.0\.1:\d+$/);
  assert.equal((await fetch(`${address}/ping`)).status, 200);
  const invoke = async (type: string, body: string): Promise<Response> =>
    fetch(`${address}/invocations`, { method: 'POST', headers: { 'content-type': type }, body });
  const predicted = (await linnet('predict', model, at('people.csv'), '--json')).out.split('\n');
  const answered = await invoke('application/json', JSON.stringify({ town: 'north', age: 20 }));
  const json = JSON.parse(await answered.text());
  const { probability } = JSON.parse(predicted[0]!);
  assert.ok(Math.abs(json.predictions[0].score - probability) < 1e-6, JSON.stringify([json, probability]));
  const csv = JSON.parse(await (await invoke('text/csv', 'town,age\nnorth,20\n')).text());
  assert.deepEqual(csv, json);
  assert.equal((await invoke('application/json', '{"town":"north"}')).status, 400);
  child.kill('SIGTERM');
  const [code] = await once(child, 'close');
  assert.equal(code, 0);
  await assert.rejects(fetch(`${address}/ping`));
});

test('serve says which port is taken, and prints a request to copy', async (t) => {
  const child = startLinnet(t, 'serve', model, '--port', '0');
  let page = '';
  for await (const chunk of child.stdout!) {
    page += chunk;
    if (page.includes('/invocations\n')) break;
  }
  const [, body, address] = /-d '([^']+)' (\S+)\/invocations\n/.exec(page)!;
  const answer = await fetch(`${address}/invocations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: body!,
  });
  assert.equal(answer.status, 200);
  const taken = await linnet('serve', model, '--port', new URL(address!).port);
  assert.equal(taken.code, 1);
  assert.match(taken.err, /cannot be served: .*EADDRINUSE/);
  assert.equal((await linnet('serve', model, '--port', '99999')).code, 2);
});

test('compare takes differences row by row, and refuses models of another label', async () => {
  const worse = at('worse.tar.gz');
  const asked = ['--label', 'answer', '--algorithm', 'linear-learner', '--drop', 'age', '-o', worse];
  await linnet('train', at('people.csv'), ...asked, ...here);
  const page = await linnet('compare', model, worse, at('people.csv'));
  assert.equal(page.code, 0, page.err);
  assert.match(
    page.out.replaceAll(/\s+/g, ' '),
    /On the same 200 rows .* is worse than .*: more than chance explains\./,
  );
  const wrongIn = async (file: string): Promise<number[]> =>
    (await linnet('predict', file, at('people.csv'))).out
      .trim()
      .split('\n')
      .slice(1)
      .map((line, row) => Number(line.split(',')[0] !== rows[row]!.answer));
  const [one, other] = await Promise.all([wrongIn(model), wrongIn(worse)]);
  const differences = one.map((wrong, row) => other[row]! - wrong);
  const mean = differences.reduce((sum, each) => sum + each, 0) / 200;
  const deviation = Math.sqrt(differences.reduce((sum, each) => sum + (each - mean) ** 2, 0) / 199);
  const { models } = JSON.parse((await linnet('compare', model, worse, at('people.csv'), '--json')).out);
  const { value, low, high } = models[1].difference;
  for (const [found, wanted] of [
    [value, mean],
    [low, mean - (1.96 * deviation) / Math.sqrt(200)],
    [high, mean + (1.96 * deviation) / Math.sqrt(200)],
  ])
    assert.ok(Math.abs(found - wanted) < 1e-5, `${found}, not ${wanted}`);
  const otherLabel = at('town.tar.gz');
  await linnet('train', at('people.csv'), '--label', 'age', '--algorithm', 'linear-learner', '-o', otherLabel, ...here);
  const refused = await linnet('compare', model, otherLabel, at('people.csv'));
  assert.equal(refused.code, 1);
  assert.match(refused.err, /predicts "age", and ".*" "answer" \(no, yes\): compare models of the same label/);
  assert.equal((await linnet('compare', model, at('people.csv'))).code, 2);
});

test('tune tries further hyperparameters and says which', async () => {
  const asked = ['--label', 'answer', '--algorithm', 'linear-learner', '-o', at('tuned.tar.gz'), '--trials', '1'];
  const { out, err, code } = await linnet('tune', at('people.csv'), ...asked, '--json', ...here);
  assert.equal(code, 0, err);
  const { compared, hyperparameters, candidate } = JSON.parse(out);
  assert.deepEqual(Object.keys(compared[1].values), ['wd', 'l1']);
  assert.equal(hyperparameters.wd, candidate === 'linear-learner #1' ? compared[1].values.wd : undefined);
  assert.equal((await linnet('predict', at('tuned.tar.gz'), at('people.csv'))).code, 0);
  assert.equal((await linnet('tune', at('people.csv'), '--trials', '0')).code, 2);
});

test('convert writes what the name of the file says, and else says what to type', async () => {
  const done = await linnet('convert', at('people.csv'), at('people.jsonl'));
  assert.deepEqual([done.code, done.err], [0, '']);
  assert.match(done.out, /people\.jsonl: 200 rows of 3 columns, as jsonl\n$/);
  const [first] = readFileSync(at('people.jsonl'), 'utf8').split('\n');
  assert.deepEqual(JSON.parse(first!), rows[0]);
  const printed = await linnet('convert', at('people.csv'), '-', '--to', 'tsv');
  assert.equal(printed.out.split('\n')[1], Object.values(rows[0]!).join('\t'));
  const unnamed = await linnet('convert', at('people.csv'), at('people.xls'));
  assert.equal(unnamed.code, 2);
  assert.match(
    unnamed.err,
    /Name one of csv, tsv, jsonl, parquet, libsvm, recordio, such as\nlinnet: linnet convert .* --to csv/,
  );
  assert.equal((await linnet('convert', at('people.csv'), at('people.csv'))).code, 2);
});

test('Tables come from standard input too, nothing is fetched, and inspect reads RecordIO', async (t) => {
  const child = startLinnet(t, 'predict', model, '-');
  child.stdin!.end(readFileSync(at('people.csv')));
  // Read from the start: what is unread when a program ends is lost.
  const [piped, file] = await Promise.all([text(child.stdout!), linnet('predict', model, at('people.csv'))]);
  assert.equal(piped, file.out);
  const web = await linnet('describe', 'https://example.org/people.csv');
  assert.equal(web.code, 2);
  assert.match(web.err, /curl -fsSL https:\/\/example\.org\/people\.csv \| linnet describe -/);
  writeFileSync(at('n.csv'), 'y,a,b\n1,2,3\n0,4,5\n');
  await linnet('convert', at('n.csv'), at('n.recordio'), '--label', 'y');
  const shown = await linnet('inspect', at('n.recordio'));
  assert.match(shown.out, /2 records of RecordIO, each of 2 features and a label from 0\S* to 1\S* \(2 values\)/);
  assert.equal(JSON.parse((await linnet('inspect', at('n.recordio'), '--json')).out).featureCount, 2);
});
