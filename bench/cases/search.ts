import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RowBlock } from '../../src/formats/index.ts';
import { type FitObserver, fitLinearLearner, predict } from '../../src/learners/index.ts';
import { type PublicSet, publicSets } from '../data/public-sets.ts';
import { uniformFrom } from '../data/random.ts';
import type { Bench, BenchCase, Row } from '../framework/case.ts';
import { cpuMs } from '../framework/measure.ts';
import { benchRoot, cacheFolder } from '../framework/places.ts';
import { settingsOf, sourceOf } from '../wdbc.ts';

/** Of larger sets a part, so that a hundred searches of the slowest peer end. */
const rowsMax = 2000;
const folds = 10;
/** A peer that takes longer on one set ends with the repeat it is in. */
const secondsMax = 900;

interface Search {
  /** Held-out loss of each fold, repeat by repeat. */
  losses: readonly number[];
  cpuMs: readonly number[];
}

const quiet: FitObserver = { notice() {}, warn() {}, scaler() {}, candidates() {}, epoch() {} };
const least = 1e-15;

/** Which part each row is left out with: repeats x rows. */
function dealt({ rowCount }: PublicSet, repeats: number): Uint8Array {
  const random = uniformFrom(7);
  const fold = new Uint8Array(repeats * rowCount);
  for (let turn = 0; turn < repeats; turn += 1) {
    const order = Array.from({ length: rowCount }, (_, row) => ({ row, key: random() })).sort((a, b) => a.key - b.key);
    order.forEach(({ row }, place) => {
      fold[turn * rowCount + row] = place % folds;
    });
  }
  return fold;
}

const predictors = {
  regression: 'regressor',
  binary: 'binary_classifier',
  multiclass: 'multiclass_classifier',
} as const;

async function ours(set: PublicSet, fold: Uint8Array, repeats: number): Promise<Search> {
  const settings = settingsOf({
    predictor_type: predictors[set.kind],
    ...(set.kind === 'multiclass' && { num_classes: String(set.classes) }),
    ...(set.kind === 'binary' && { binary_classifier_model_selection_criteria: 'loss_function' }),
    statistics: 'false',
  });
  const losses: number[] = [];
  const spent: number[] = [];
  for (let turn = 0; turn < repeats; turn += 1) {
    const part = fold.subarray(turn * set.rowCount, (turn + 1) * set.rowCount);
    for (let left = 0; left < folds; left += 1) {
      const train = rowsWhere(set, (row) => part[row] !== left);
      const from = cpuMs();
      const { model } = await fitLinearLearner(settings, { train: sourceOf('train', train) }, quiet, {
        nowMs: () => 0,
      });
      spent.push(cpuMs() - from);
      const test = rowsWhere(set, (row) => part[row] === left);
      const { scores } = predict(model, 'float64', test);
      losses.push(lossOf(set, scores, test.labels));
    }
  }
  return { losses, cpuMs: spent };
}

function rowsWhere({ x, y, featureCount: d }: PublicSet, wanted: (row: number) => boolean): RowBlock {
  const rows = Array.from(y.keys()).filter(wanted);
  const features = new Float64Array(rows.length * d);
  rows.forEach((row, at) => {
    features.set(x.subarray(row * d, (row + 1) * d), at * d);
  });
  return { rowCount: rows.length, featureCount: d, features, labels: Float64Array.from(rows, (row) => y[row]!) };
}

/** Mean squared error or log-loss of what a model serves: values or probabilities. */
function lossOf({ kind, classes }: PublicSet, scores: ArrayLike<number>, labels: Float64Array): number {
  let sum = 0;
  labels.forEach((label, row) => {
    if (kind === 'regression') sum += (scores[row]! - label) ** 2;
    else if (kind === 'binary') sum -= Math.log(Math.max(least, label === 1 ? scores[row]! : 1 - scores[row]!));
    else sum -= Math.log(Math.max(least, scores[row * classes + label]!));
  });
  return sum / labels.length;
}

const families = { regression: 'gaussian', binary: 'binomial', multiclass: 'multinomial' } as const;

function glmnet(path: string, set: PublicSet, repeats: number): Search {
  const given = [path, set.rowCount, set.featureCount, families[set.kind], repeats, folds, secondsMax];
  const run = spawnSync('Rscript', ['--vanilla', join(benchRoot, 'peers/search.R'), ...given.map(String)], {
    encoding: 'utf8',
    timeout: 4000 * secondsMax,
  });
  if (run.status !== 0) throw new Error(run.error?.message ?? run.stderr.trim().split('\n').at(-1) ?? 'Rscript failed');
  const lines = run.stdout
    .trim()
    .split('\n')
    .map((line) => line.split(' ').map(Number));
  return { losses: lines.map(([loss]) => loss!), cpuMs: lines.map(([, ms]) => ms!) };
}

interface Compared {
  row: Row;
  /** Peer's mean loss by ours. */
  ratio: number | undefined;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** How many standard errors of the paired difference ours is worse; the target is one at most. */
function compare(set: PublicSet, peer: string, own: Search, its: Search): Compared {
  const count = Math.min(own.losses.length, its.losses.length);
  const differences = Array.from({ length: count }, (_, fold) => own.losses[fold]! - its.losses[fold]!);
  const gap = mean(differences);
  const error = Math.sqrt(mean(differences.map((each) => (each - gap) ** 2)) / Math.max(1, count - 1));
  const [ownLoss, itsLoss] = [mean(own.losses.slice(0, count)), mean(its.losses.slice(0, count))];
  return {
    ratio: itsLoss / ownLoss,
    row: {
      what: `${set.name}, ${set.rowCount} x ${set.featureCount}: ${peer}, our held-out loss as a share of its, in %`,
      value: (100 * ownLoss) / itsLoss,
      unit: '%',
      reached: gap <= error,
      figures: {
        'standard errors above': error > 0 ? gap / error : 0,
        'our loss': ownLoss,
        'its loss': itsLoss,
        'our ms a search': mean(own.cpuMs),
        'its ms a search': mean(its.cpuMs),
        folds: count,
      },
    },
  };
}

async function run(bench: Bench) {
  const repeats = bench.quick ? 1 : 10;
  const rows: Row[] = [];
  const ratios = new Map<string, number[]>();
  const python = await bench.python(1).catch((error: Error) => error);
  const sets = publicSets(bench.quick ? 600 : rowsMax);
  for (const set of sets) {
    if ('missing' in set) {
      bench.log(`${set.name}: ${set.missing}`);
      rows.push({ what: set.name, unit: '%', figures: {}, note: set.missing });
      continue;
    }
    const path = join(cacheFolder('search'), `${set.name.replaceAll(/\W+/g, '-')}-${set.rowCount}`);
    const fold = dealt(set, repeats);
    writeFileSync(`${path}.x64`, new Uint8Array(set.x.buffer));
    writeFileSync(`${path}.y64`, new Uint8Array(set.y.buffer));
    writeFileSync(`${path}.folds`, fold);
    bench.log(`${set.name}: Linnet`);
    const own = await ours(set, fold, repeats);
    const sklearn = set.kind === 'regression' ? 'RidgeCV' : 'LogisticRegressionCV';
    const peers: readonly (readonly [string, () => Promise<Search> | Search])[] = [
      [
        sklearn,
        async () => {
          if (python instanceof Error) throw python;
          const request = { path, d: set.featureCount, kind: set.kind, repeats, folds, seconds: secondsMax };
          return (await python.call('search', request, 4000 * secondsMax)) as unknown as Search;
        },
      ],
      ['cv.glmnet', () => glmnet(path, set, repeats)],
    ];
    for (const [peer, search] of peers) {
      bench.log(`${set.name}: ${peer}`);
      try {
        const { row, ratio } = compare(set, peer, own, await search());
        rows.push(row);
        if (ratio !== undefined) ratios.set(peer, [...(ratios.get(peer) ?? []), ratio]);
      } catch (error) {
        rows.push({ what: `${set.name}: ${peer}`, unit: '%', figures: {}, note: (error as Error).message });
      }
    }
  }
  for (const [peer, each] of ratios) {
    rows.unshift({
      what: `${peer}: its held-out loss by ours, geometric mean over ${each.length} public sets`,
      label: `search against ${peer}`,
      value: Math.exp(mean(each.map(Math.log))),
      unit: 'x',
      target: { atLeast: 1 },
      figures: {},
    });
  }
  return { rows };
}

/** Needs an hour or more: a hundred searches of each of three programs on a dozen tables. */
export const searchCases: readonly BenchCase[] = [
  { id: 'search', title: 'Held-out loss of the default search', apart: true, run },
];
