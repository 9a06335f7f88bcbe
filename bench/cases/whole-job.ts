import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { containerPaths } from '../../src/contract/index.ts';
import type { Bench, BenchCase, Row } from '../framework/case.ts';
import { bestOf, interleaved, wallMs } from '../framework/measure.ts';
import { boostingProgram, cacheFolder, trainProgram } from '../framework/places.ts';
import { csvFile } from './decoding.ts';
import { versionsOf } from './versions.ts';

interface Kind {
  predictorType: string;
  /** Of the synthetic label; 0 for a real target. */
  classes: number;
  solvers: readonly string[];
}

const kinds: readonly Kind[] = [
  { predictorType: 'binary_classifier', classes: 2, solvers: ['lbfgs', 'newton-cholesky'] },
  { predictorType: 'regressor', classes: 0, solvers: ['ridge'] },
];

async function wholeJob(bench: Bench, { predictorType, classes, solvers }: Kind): Promise<Row> {
  const python = await bench.python(2);
  const rowCount = bench.quick ? 100_000 : 1_000_000;
  const file = csvFile(bench.data.synthetic(rowCount, 30, classes), rowCount);
  const root = rootOver(file, predictorType, { predictor_type: predictorType, num_models: '32' });
  const peers = solvers.map((solver) => ({
    name: `read_csv and ${solver}`,
    run: async () => (await python.call('whole_job', { file, solver })).wallMs,
  }));
  const best = bestOf(
    await interleaved([{ name: 'train', run: () => trainMs(root) }, ...peers], {
      rounds: bench.quick ? 1 : 4,
      clock: 'wall',
      warmups: 1,
      budgetMs: 40_000,
    }),
  );
  rmSync(root, { recursive: true, force: true });
  const theirs = Math.min(...peers.map(({ name }) => best[name]!));
  return {
    what: `whole job from CSV, ${predictorType}, ${rowCount}x30, 32 models, exact solve and statistics, against pandas and scikit-learn's fastest single fit`,
    label: `whole job, ${predictorType}`,
    value: theirs / best.train!,
    unit: 'x',
    target: { atLeast: 1 },
    figures: best,
    note: 'wall clock, two threads; ours is the train program from its start to its end, the peer is warm and its imports are not counted',
  };
}

const boosting = { objective: 'binary:logistic', nthread: '2', max_depth: '6', eta: '0.3' } as const;
const rounds = 20;

/** XGBoost from CSV to its model, here and in Python, on the same library. */
async function boostingJob(bench: Bench): Promise<Row> {
  const python = await bench.python(2);
  const rowCount = bench.quick ? 100_000 : 1_000_000;
  const file = csvFile(bench.data.synthetic(rowCount, 30, 2), rowCount);
  const root = rootOver(file, 'boosting', { ...boosting, num_round: String(rounds) });
  const request = { file, parameters: boosting, rounds };
  const { library } = await python.call('whole_boosting', { ...request, rounds: 1 });
  const environment = { LINNET_XGBOOST_LIBRARY: String(library) };
  const best = bestOf(
    await interleaved(
      [
        { name: 'train', run: () => trainMs(root, boostingProgram, environment) },
        { name: 'read_csv and xgboost.train', run: async () => (await python.call('whole_boosting', request)).wallMs },
      ],
      { rounds: bench.quick ? 1 : 4, clock: 'wall', warmups: 1, budgetMs: 60_000 },
    ),
  );
  rmSync(root, { recursive: true, force: true });
  return {
    what: `whole job from CSV, XGBoost, ${rowCount}x30, ${rounds} rounds, against pandas and xgboost.train`,
    label: 'whole job, XGBoost',
    value: best['read_csv and xgboost.train']! / best.train!,
    unit: 'x',
    target: { atLeast: 1 },
    figures: best,
    note: 'wall clock, two threads, the same library on both sides; ours is the train program from its start to its end, the peer is warm and its imports are not counted',
  };
}

/** A container root whose train channel is this file. */
function rootOver(file: string, name: string, hyperparameters: Readonly<Record<string, string>>): string {
  const root = cacheFolder('whole-job', name);
  const paths = containerPaths(root);
  for (const folder of [dirname(paths.hyperparameters), paths.channel('train')]) mkdirSync(folder, { recursive: true });
  writeFileSync(paths.hyperparameters, JSON.stringify(hyperparameters));
  writeFileSync(
    paths.inputDataConfig,
    JSON.stringify({ train: { TrainingInputMode: 'File', ContentType: 'text/csv' } }),
  );
  const place = join(paths.channel('train'), 'rows.csv');
  rmSync(place, { force: true });
  cpSync(file, place);
  return root;
}

function trainMs(root: string, program = trainProgram, environment: Readonly<Record<string, string>> = {}): number {
  const from = wallMs();
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, 'train', '--root', root], {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
  });
  if (status !== 0) throw new Error(`${stdout}${stderr}`);
  return wallMs() - from;
}

export const wholeJobCases: readonly BenchCase[] = [
  {
    id: 'E1',
    title: 'The train program from CSV to model and statistics',
    async run(bench) {
      const rows: Row[] = [];
      for (const kind of kinds) rows.push(await wholeJob(bench, kind));
      return { rows, peers: await versionsOf(await bench.python(2), ['pandas', 'scikit-learn', 'numpy']) };
    },
  },
  {
    id: 'E2',
    title: 'The train program of XGBoost from CSV to model',
    async run(bench) {
      const rows = [await boostingJob(bench)];
      return { rows, peers: await versionsOf(await bench.python(2), ['pandas', 'xgboost', 'numpy']) };
    },
  },
];
