// npm run trials [-- id ...]: the proofs whose short forms `npm test` holds, with full counts. Each writes what it ran, with
// seed, commit, machine and counts, to bench/results/trials/<id>.json.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = `${root}bench/results/trials`;
const crashes = { LINNET_CRASH_CYCLES: '200' };
const trials = [
  { id: 'crash-server', says: 'kill -9 of the server', tests: ['faults/server-crash'], env: crashes },
  { id: 'crash-records', says: 'kill -9 of the records', tests: ['store/records/sqlite'], env: crashes },
  { id: 'crash-objects', says: 'kill -9 of a writer of objects', tests: ['faults/objects'], env: crashes },
  {
    id: 'digits',
    says: 'numbers beyond single precision, in a million rows',
    tests: ['linear-learner/digits'],
    env: { LINNET_DIGITS_ROWS: '1000000' },
  },
  { id: 'crash-jobs', says: 'kill -9 of training programs', tests: ['faults/jobs'], env: crashes },
  {
    id: 'crash-pipelines',
    says: 'kill -9 of the server while a pipeline runs',
    tests: ['faults/pipelines'],
    env: crashes,
  },
  {
    id: 'crash-hosts',
    says: 'kill -9 of one of the programs of a job on several hosts',
    tests: ['faults/hosts'],
    env: { LINNET_CRASH_CYCLES: '100' },
  },
  {
    id: 'endpoint-updates',
    says: 'a thousand updates of an endpoint under 200 requests a second',
    tests: ['faults/endpoint-updates'],
    env: { LINNET_UPDATES: '1000', LINNET_CRASH_CYCLES: '50' },
  },
  {
    id: 'policies',
    says: 'random policies and requests, held against other evaluators',
    conformance: ['policies/agree'],
    env: { LINNET_POLICIES: '100000' },
  },
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((id) => !trials.some((trial) => trial.id === id));
if (unknown.length > 0) {
  console.error(`No trial is called ${unknown.join(', ')}; there are: ${trials.map(({ id }) => id).join(', ')}`);
  process.exit(2);
}
const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
const commit = git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain') === '' ? '' : '+');
const seed = Number(process.env.LINNET_SEED ?? 1);
mkdirSync(folder, { recursive: true });
let failed = 0;
for (const { id, says, tests, conformance, env } of trials) {
  if (wanted.length > 0 && !wanted.includes(id)) continue;
  console.log(`${id}: ${says}`);
  const startedMs = performance.now();
  const args = tests === undefined ? ['test/conformance/run.mjs', ...conformance] : ['tools/test.mjs', ...tests];
  const run = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1024 ** 3,
    env: { ...process.env, ...env, LINNET_SEED: String(seed), LINNET_TEST_TIMEOUT_MS: String(4 * 3600 * 1000) },
  });
  const count = (what) => Number(new RegExp(`^# ${what} (\\d+)$`, 'm').exec(run.stdout)?.[1] ?? 0);
  const programs = (what) => Number(new RegExp(`(\\d+)(?: programs)? ${what}`).exec(run.stdout)?.[1] ?? 0);
  const counts =
    tests === undefined
      ? { passed: programs('passed'), failed: programs('failed'), skipped: programs('skipped') }
      : { passed: count('pass'), failed: count('fail') + count('cancelled'), skipped: count('skipped') };
  if (run.status !== 0 || counts.passed === 0) {
    failed += 1;
    console.log(run.stdout, run.stderr);
  }
  const result = {
    id,
    says,
    settings: env,
    seed,
    commit,
    measuredAt: new Date().toISOString().slice(0, 10),
    seconds: Math.round((performance.now() - startedMs) / 1000),
    machine: {
      cpu: cpus()[0]?.model,
      cores: cpus().length,
      memoryGiB: Math.round(totalmem() / 1024 ** 3),
      node: process.version,
    },
    counts,
    // What the tests themselves counted.
    said: run.stdout
      .split('\n')
      .filter((line) => /^\s*# \d/.test(line))
      .map((line) => line.trim().slice(2)),
  };
  writeFileSync(`${folder}/${id}.json`, `${JSON.stringify(result, undefined, 2)}\n`);
  console.log(`  ${JSON.stringify(counts)} in ${result.seconds} s`);
}
process.exit(failed === 0 ? 0 : 1);
