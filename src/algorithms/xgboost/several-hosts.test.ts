// A training on several hosts, each a program over a root of its own, joined by the collective of XGBoost's library.
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { containerPaths } from '../../contract/index.ts';
import { predictBoosted, readBoostedModel } from '../../learners/index.ts';
import { networksAllowed, runInNetworks } from '../collective/networks.testing.ts';
import type { RootContent } from '../program/root.testing.ts';
import { checkJob } from './check.ts';
import { olderLibrary, skipWithoutOlder, skipWithoutXgboost, testLibrary } from './library/library.testing.ts';
import { ended, makeRoot, start } from './root.testing.ts';

const skip = process.platform === 'linux' ? skipWithoutXgboost : { skip: 'only Linux has an address for each host' };
const mainFile = fileURLToPath(new URL('main.js', import.meta.url));
const fixtures = fileURLToPath(new URL('../../../../test/fixtures/data-sets/', import.meta.url));
const abalone = gunzipSync(readFileSync(join(fixtures, 'abalone.csv.gz')))
  .toString()
  .trim()
  .split('\n')
  .map((line) => line.split(','))
  .map((cells) => [Number(cells[8]), 'MFI'.indexOf(cells[0]!) + 1, ...cells.slice(1, 8).map(Number)]);
const [trainRows, validationRows] = [abalone.slice(0, 3000), abalone.slice(3000)];
const csv = (rows: readonly (readonly number[])[]): string => rows.map((cells) => `${cells.join(',')}\n`).join('');

type Channels = NonNullable<RootContent['channels']>;
type Rows = readonly (readonly number[])[];
/** Rows dealt out to hosts in blocks. */
const share = (rows: Rows, place: number, of: number): Rows => {
  const [from, to] = [place, place + 1].map((each) => Math.round((rows.length * each) / of));
  return rows.slice(from, to);
};
const channelsOf = (train: Rows, validation: Rows): Channels => ({
  train: { contentType: 'text/csv', files: { 'part-0': csv(train) } },
  validation: { contentType: 'text/csv', files: { 'part-0': csv(validation) } },
});

let network = 1;
interface Gang {
  roots: string[];
  children: ChildProcess[];
  ends: ReturnType<typeof ended>[];
}

/** Starts a program for each host; the last one first, so that it must wait for the others. */
function startGang(
  t: TestContext,
  hyperparameters: Record<string, string>,
  channels: readonly Channels[],
  /** What each finds in its folder of checkpoints; without it there is none. */
  checkpoints?: readonly string[],
): Gang {
  const names = channels.map((_, at) => `algo-${at + 1}`);
  const net = `127.${100 + (process.pid % 100)}.${network++}`;
  const addresses = Object.fromEntries(names.map((name, at) => [name, `${net}.${at + 1}`]));
  const env = { LINNET_HOST_ADDRESSES: JSON.stringify(addresses) };
  const roots = names.map((host, at) => makeRoot(t, { hyperparameters, channels: channels[at]!, hosts: names, host }));
  for (const root of checkpoints === undefined ? [] : roots) {
    const folder = containerPaths(root).checkpoints;
    mkdirSync(folder);
    for (const file of checkpoints!) copyFileSync(file, join(folder, basename(file)));
  }
  const children = roots
    .toReversed()
    .map((root) => start(t, 'train', root, env))
    .reverse();
  return { roots, children, ends: children.map((child, at) => ended(child, roots[at]!)) };
}

async function trainedGang(
  t: TestContext,
  hyperparameters: Record<string, string>,
  channels: readonly Channels[],
  checkpoints?: readonly string[],
) {
  const { roots, ends } = startGang(t, hyperparameters, channels, checkpoints);
  const all = await Promise.all(ends);
  for (const { code, failure, output } of all) assert.equal(code, 0, failure ?? output);
  for (const root of roots.slice(1)) assert.ok(!existsSync(join(containerPaths(root).model, 'xgboost-model')));
  const model = new Uint8Array(readFileSync(join(containerPaths(roots[0]!).model, 'xgboost-model')));
  const folders = roots.map((root) => containerPaths(root).checkpoints);
  return {
    roots,
    model,
    outputs: all.map(({ output }) => output),
    checkpoints: folders.map((folder) => (existsSync(folder) ? readdirSync(folder) : [])),
  };
}

const rounds = (output: string): string[] => output.match(/^\[\d+\]\t.*$/gm) ?? [];
const metric = (line: string, name: string): number => Number(new RegExp(`\t${name}:(\\S+)`).exec(line)?.[1]);
const parameters = { objective: 'reg:squarederror', max_depth: '5', eta: '0.2', num_round: '8', eval_metric: 'rmse' };

function scores(model: Uint8Array, rows: Rows): Float32Array {
  const features = Float32Array.from(rows.flatMap((row) => row.slice(1)));
  const { values } = predictBoosted(readBoostedModel(model), { rowCount: rows.length, featureCount: 8, features });
  return values;
}
const rmse = (model: Uint8Array, rows: Rows): number =>
  Math.sqrt(scores(model, rows).reduce((sum, score, row) => sum + (score - rows[row]![0]!) ** 2, 0) / rows.length);

test(
  'Two and three hosts train the model of one on the same rows, within the tolerance of its histograms',
  skip,
  async (t) => {
    const one = await trainedGang(t, parameters, [channelsOf(trainRows, validationRows)]);
    for (const count of [2, 3]) {
      const shares = Array.from({ length: count }, (_, place) =>
        channelsOf(share(trainRows, place, count), share(validationRows, place, count)),
      );
      const many = await trainedGang(t, parameters, shares);
      const again = count === 3 ? await trainedGang(t, parameters, shares) : many;
      assert.deepEqual(again.model, many.model, 'the same hosts make the same bytes');
      // Only the first host prints the rounds, and its metrics are those of all rows.
      const [lines, expected] = [rounds(many.outputs[0]!), rounds(one.outputs[0]!)];
      assert.equal(lines.length, 8);
      for (const output of many.outputs.slice(1)) assert.deepEqual(rounds(output), []);
      assert.ok(Math.abs(metric(lines[7]!, 'validation-rmse') - rmse(many.model, validationRows)) < 2e-5);
      for (const name of ['train-rmse', 'validation-rmse'])
        assert.ok(
          Math.abs(metric(lines[7]!, name) / metric(expected[7]!, name) - 1) < 0.01,
          `${lines[7]} ${expected[7]}`,
        );
    }
  },
);

test('Whole numbers are cut alike on one host and on several: the trees are the same', skip, async (t) => {
  const rows = Array.from({ length: 600 }, (_, row) => {
    const [a, b, c] = [row % 7, (row * 5) % 11, (row * 3) % 13];
    return [a * b > 20 ? 1 : 0, a, b, c];
  });
  const settings = { objective: 'binary:logistic', num_round: '4', eval_metric: 'accuracy,logloss,f1', max_depth: '3' };
  const trained = async (...shares: Rows[]) =>
    trainedGang(
      t,
      settings,
      shares.map((each) => channelsOf(each, each)),
    );
  const one = await trained(rows);
  const two = await trained(share(rows, 0, 2), share(rows, 1, 2));
  assert.deepEqual(rounds(two.outputs[0]!), rounds(one.outputs[0]!), 'metrics of our own are those of all rows too');
  const features = Float32Array.from(rows.flatMap((row) => row.slice(1)));
  const [first, second] = [one, two].map(
    ({ model }) => predictBoosted(readBoostedModel(model), { rowCount: rows.length, featureCount: 3, features }).values,
  );
  for (const [row, score] of first!.entries()) assert.ok(Math.abs(score - second![row]!) < 1e-6);
});

test('A host without rows takes part, and stopping early keeps the best round on all', skip, async (t) => {
  const empty: Channels = {
    train: { contentType: 'text/csv', files: {} },
    validation: { contentType: 'text/csv', files: {} },
  };
  const settings = { ...parameters, num_round: '400', eta: '1', early_stopping_rounds: '3' };
  const { outputs } = await trainedGang(t, settings, [channelsOf(trainRows, validationRows), empty]);
  assert.match(outputs[0]!, /Stopping early after 3 rounds/);
  assert.match(outputs[1]!, /Train matrix has 0 rows and 8 columns/);
});

test('A fault in the rows of one host is the reason, and the others say that they lost it', skip, async (t) => {
  const broken: Channels = {
    train: { contentType: 'text/csv', files: { 'part-0': '1,2,3\n1,x,3\n' } },
    validation: { contentType: 'text/csv', files: { 'part-0': '1,2,3\n' } },
  };
  const [first, second] = await Promise.all(
    startGang(t, parameters, [channelsOf(trainRows, validationRows), broken]).ends,
  );
  assert.equal(second!.code, 1);
  assert.match(second!.failure!, /^ClientError: .*"x"/);
  assert.equal(first!.code, 1);
  assert.match(first!.failure!, /^InternalServerError: Another host of the job ended/);
  // Rows that only together are wrong are a fault on both.
  const narrow = share(trainRows, 1, 2).map((row) => row.slice(0, 5));
  const uneven = [channelsOf(share(trainRows, 0, 2), validationRows), channelsOf(narrow, narrow)];
  for (const { failure } of await Promise.all(startGang(t, parameters, uneven).ends))
    assert.match(
      failure!,
      /^ClientError: Channel "train" has 8 columns beside the label on host 1 of 2, but 4 on host 2 of 2/,
    );
});

const slow = { ...parameters, num_round: '100000', max_depth: '8', save_model_on_termination: 'true' };
const shares = [0, 1, 2].map((place) => channelsOf(share(trainRows, place, 3), share(validationRows, place, 3)));
const began = (child: ChildProcess): Promise<unknown> =>
  new Promise((resolve) =>
    child.stdout!.on('data', (text: Buffer) => /^\[\d+\]\t/m.test(text.toString()) && resolve(0)),
  );

test('A stop ends all hosts after the same round, with the model so far', skip, async (t) => {
  const { roots, children, ends } = startGang(t, slow, shares);
  await began(children[0]!);
  for (const child of children) child.kill('SIGTERM');
  for (const { code, failure, output } of await Promise.all(ends)) assert.equal(code, 0, failure ?? output);
  assert.ok(existsSync(join(containerPaths(roots[0]!).model, 'xgboost-model')));
});

test('A stop ends a host that waits for another one', skip, async (t) => {
  const { children, ends } = startGang(t, slow, shares);
  const [waiting, ...others] = children;
  for (const child of others) child.kill('SIGKILL');
  // The first host listens once it has said what it trains; then it waits in the library.
  await new Promise((resolve) =>
    waiting!.stdout!.on('data', (text: Buffer) => text.includes(' rounds of ') && setTimeout(resolve, 500)),
  );
  waiting!.kill('SIGTERM');
  const { output } = await ends[0]!;
  assert.match(output, /Stop requested/);
});

test('No host ends well after another one was killed, whichever and whenever', skip, async (t) => {
  let noticed = 0;
  for (const [victim, waitMs] of [
    [0, 30],
    [1, 0],
    [2, 60],
  ] as const) {
    const { children, ends } = startGang(t, slow, shares);
    await began(children[0]!);
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    children[victim]!.kill('SIGKILL');
    // Now and then the library goes on waiting for hosts that wait as well. The server ends those, as its own tests show.
    const cut = setTimeout(() => children.forEach((child) => void child.kill('SIGKILL')), 10_000);
    for (const [at, { code, failure }] of (await Promise.all(ends)).entries()) {
      if (at === victim || code === null) continue;
      assert.equal(code, 1);
      assert.match(failure!, /^InternalServerError: Another host of the job ended or does not answer/);
      noticed += 1;
    }
    clearTimeout(cut);
  }
  assert.ok(noticed > 0, 'none noticed it');
});

test('Hosts go on from one checkpoint, which the first one keeps', skip, async (t) => {
  const two = [0, 1].map((place) => channelsOf(share(trainRows, place, 2), share(validationRows, place, 2)));
  const whole = await trainedGang(t, { ...parameters, num_round: '6' }, two);
  const kept = await trainedGang(t, { ...parameters, num_round: '4' }, two, []);
  assert.deepEqual(
    kept.checkpoints.map((names) => names.length > 0),
    [true, false],
  );
  const [folder] = kept.roots.map((root) => containerPaths(root).checkpoints);
  const files = readdirSync(folder!).map((name) => join(folder!, name));
  const resumed = await trainedGang(t, { ...parameters, num_round: '6' }, two, files);
  assert.match(resumed.outputs[0]!, /Resuming from iteration 4/);
  assert.deepEqual(resumed.model, whole.model);
});

test('Hosts on machines of their own, with addresses of their own, train the same model', skip, async (t) => {
  if (!networksAllowed()) return t.skip('this host allows no network namespaces');
  const here = await trainedGang(t, parameters, shares);
  const names = ['algo-1', 'algo-2', 'algo-3'];
  const roots = names.map((host, at) =>
    makeRoot(t, { hyperparameters: parameters, channels: shares[at]!, hosts: names, host }),
  );
  const links = mkdtempSync(join(tmpdir(), 'linnet-networks-'));
  t.after(() => rmSync(links, { recursive: true }));
  for (const [at, root] of roots.entries()) symlinkSync(root, join(links, String(at + 1)));
  const command = ['sh', '-c', `exec "${process.execPath}" "$0" train --root "${links}/$1"`, mainFile];
  const { status, stdout, stderr } = runInNetworks(3, command, {
    LINNET_XGBOOST_LIBRARY: testLibrary!,
    LINNET_HOST_ADDRESSES: JSON.stringify(Object.fromEntries(names.map((name, at) => [name, `10.77.0.${at + 1}`]))),
  });
  assert.equal(status, 0, stdout + stderr);
  const model = readFileSync(join(containerPaths(roots[0]!).model, 'xgboost-model'));
  assert.deepEqual(new Uint8Array(model), here.model);
});

test('A library without a collective ends the job at its start, with what to type', skipWithoutOlder, async (t) => {
  const hosts = ['algo-1', 'algo-2'];
  const root = makeRoot(t, { hyperparameters: parameters, channels: shares[0]!, hosts });
  const { failure } = await ended(start(t, 'train', root, { LINNET_XGBOOST_LIBRARY: olderLibrary }), root);
  assert.match(
    failure!,
    /^InternalServerError: The XGBoost library of version 1.\S+ cannot train on several hosts: .* type: linnet image add xgboost$/,
  );
});

test('What needs all rows on one host is refused before the job is accepted', () => {
  const problemsOf = (hyperparameters: Record<string, string>, hostCount: number): string[] =>
    checkJob({
      hyperparameters: { num_round: '10', ...hyperparameters },
      inputDataConfig: { train: { TrainingInputMode: 'File' } },
      hostCount,
    }).problems.map(({ message }) => message);
  assert.deepEqual(problemsOf({}, 4), []);
  assert.deepEqual(problemsOf({ tree_method: 'exact', _kfold: '5' }, 1), []);
  assert.deepEqual(problemsOf({ tree_method: 'exact', _kfold: '5' }, 2), [
    '_kfold needs all rows on one host, but InstanceCount is 2: give InstanceCount 1',
    'tree_method exact needs all rows on one host, but InstanceCount is 2: give InstanceCount 1',
  ]);
});
