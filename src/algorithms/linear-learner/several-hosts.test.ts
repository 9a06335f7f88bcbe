// A job of several hosts: the first one gathers the rows of all and leaves the model that one host leaves.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { containerPaths } from '../../contract/index.ts';
import type { RootContent } from '../program/root.testing.ts';
import { skipWithoutXgboost, testLibrary } from '../xgboost/library/library.testing.ts';
import { checkJob } from './check.ts';
import { ended, makeRoot, start } from './root.testing.ts';

const skip = process.platform === 'linux' ? skipWithoutXgboost : { skip: 'only Linux has an address for each host' };
const rows = (from: number, count: number): string =>
  Array.from({ length: count }, (_, i) => {
    const [a, b, c] = [37, 53, 71].map((step) => (((from + i) * step) % 101) / 101) as [number, number, number];
    return `${a + b * b > 0.8 + 0.3 * c ? 1 : 0},${a},${b},${c}\n`;
  }).join('');
const settings = { predictor_type: 'binary_classifier', epochs: '4', mini_batch_size: '50' };

type Files = Record<string, string | Uint8Array>;
const channelsOf = (train: Files, validation: Files): NonNullable<RootContent['channels']> => ({
  train: { contentType: 'text/csv', files: train, distribution: 'ShardedByS3Key' },
  validation: { contentType: 'text/csv', files: validation },
});

let network = 1;
async function runGang(t: TestContext, channels: readonly NonNullable<RootContent['channels']>[]) {
  const names = channels.map((_, at) => `algo-${at + 1}`);
  const net = `127.${150 + (process.pid % 100)}.${network++}`;
  const env = {
    LINNET_HOST_ADDRESSES: JSON.stringify(Object.fromEntries(names.map((name, at) => [name, `${net}.${at + 1}`]))),
    LINNET_XGBOOST_LIBRARY: testLibrary!,
  };
  const roots = names.map((host, at) =>
    makeRoot(t, { hyperparameters: settings, channels: channels[at]!, hosts: names, host }),
  );
  const ends = await Promise.all(roots.map((root) => ended(start(t, 'train', root, env), root)));
  return { roots, ends };
}
const modelOf = (root: string): Buffer => readFileSync(join(containerPaths(root).model, 'model_algo-1'));

const files: Files = {
  'a.csv': rows(0, 150),
  'b/1.csv': gzipSync(rows(150, 120)),
  'b/2.csv': rows(270, 90),
  'c.csv': rows(360, 200),
  'd.csv': '',
};
const validation = { 'v.csv': rows(600, 200) };

test('The model of three hosts is that of one on the same files, to the last bit', skip, async (t) => {
  const one = await runGang(t, [channelsOf(files, validation)]);
  assert.equal(one.ends[0]!.code, 0, one.ends[0]!.failure);
  const names = Object.keys(files).sort();
  const shares = [0, 1, 2].map((place) =>
    Object.fromEntries(names.filter((_, at) => at % 3 === place).map((name) => [name, files[name]!])),
  );
  const { roots, ends } = await runGang(
    t,
    shares.map((share) => channelsOf(share, validation)),
  );
  for (const { code, failure, output } of ends) assert.equal(code, 0, failure ?? output);
  assert.ok(modelOf(roots[0]!).equals(modelOf(one.roots[0]!)));
  assert.match(
    ends[0]!.output,
    /trains on the rows of all 3 hosts, as one host would: it has gathered 3 files of \d+ bytes/,
  );
  assert.match(ends[0]!.output, /Channel "train": .*5 files/);
  for (const [at, root] of roots.slice(1).entries()) {
    assert.ok(!existsSync(containerPaths(root).model) || readdirSync(containerPaths(root).model).length === 0);
    assert.match(ends[at + 1]!.output, /The first host trains on the rows of all 3 hosts/);
  }
});

test('A fault in a file of another host names the file, and a file that two hosts have is refused', skip, async (t) => {
  const broken = channelsOf({ 'z.csv': '1,2,3,4\n1,2,x,4\n' }, validation);
  const { ends } = await runGang(t, [channelsOf({ 'a.csv': files['a.csv']! }, validation), broken]);
  assert.match(ends[0]!.failure!, /^ClientError: Row 2 of "train\/z.csv"|^ClientError: .*"train\/z.csv"/);
  const same = channelsOf({ 'a.csv': files['a.csv']! }, validation);
  const twice = await runGang(t, [same, same]);
  assert.match(twice.ends[0]!.failure!, /^ClientError: "train\/a.csv" is on two hosts/);
});

test('Shares in pipes are refused before the job is accepted', () => {
  const problemsOf = (mode: 'File' | 'Pipe', hostCount: number): number =>
    checkJob({
      hyperparameters: settings,
      inputDataConfig: { train: { TrainingInputMode: mode, S3DistributionType: 'ShardedByS3Key' } },
      hostCount,
    }).problems.length;
  assert.deepEqual([problemsOf('File', 3), problemsOf('Pipe', 1), problemsOf('Pipe', 2)], [0, 0, 1]);
});
