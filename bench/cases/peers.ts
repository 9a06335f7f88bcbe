import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { DenseSet, SparseSet } from '../data/store.ts';
import type { Bench, BenchCase, Row } from '../framework/case.ts';
import { wallMs } from '../framework/measure.ts';
import { benchRoot, cacheFolder } from '../framework/places.ts';
import type { LinePlot } from '../framework/plot.ts';
import { nodePeers, nodePeerVersions } from '../peers/node-peers.ts';
import type { PythonPeers } from '../peers/python.ts';
import { exactLogistic, fit, logLoss } from './fit.ts';
import { versionsOf } from './versions.ts';

/** A learner that was given a budget of passes, iterations or rounds: what it took, and how good it then was. */
interface Point {
  budget: number;
  cpuMs: number;
  loss: number;
}

interface Problem {
  name: string;
  train: DenseSet | SparseSet;
  test: DenseSet | SparseSet;
  alpha: number;
}

/** A loss this much above ours counts as the same. */
const slack = 1.002;
/** Budgets are raised until the loss is reached or all runs of a peer took this long together. */
const patienceMs = 10_000;
const budgets = [1, 2, 3, 5, 8, 13, 20, 35, 60, 100, 200, 400];

async function ladder(
  stopAt: number,
  run: (budget: number, limitMs: number) => Promise<{ cpuMs: number; loss: number }>,
): Promise<Point[]> {
  const points: Point[] = [];
  let spentMs = 0;
  const from = wallMs();
  for (const budget of budgets) {
    // What a run needs beside learning, such as handing the rows over, shall not end the ladder soon.
    if (spentMs > patienceMs || wallMs() - from > 3 * patienceMs) break;
    const { cpuMs, loss } = await run(budget, 3 * patienceMs);
    points.push({ budget, cpuMs, loss });
    spentMs += cpuMs;
    if (loss <= stopAt) break;
  }
  return points;
}

/** The problems by name; making one throws where its data set is missing. */
function problemsOf({ data, quick }: Bench): Record<string, () => Problem> {
  const [wideRows, sparseRows] = quick ? [100_000, 10_000] : [1_000_000, 100_000];
  const split = (name: string, set: DenseSet | SparseSet, share: number, alpha: number): Problem => {
    const cut = Math.round(set.rowCount * share);
    return { name, alpha, train: data.part(set, 0, cut), test: data.part(set, cut, set.rowCount) };
  };
  const [wide, sparse] = [`${wideRows}x30`, `sparse ${sparseRows}x1e5`];
  return {
    wdbc: () => split('wdbc', data.wdbc(), 0.7, 1e-2),
    covertype: () => split('covertype', data.covertype(), 0.75, 1e-4),
    [wide]: () => split(wide, data.synthetic(wideRows, 30), 0.9, 1e-4),
    [sparse]: () => split(sparse, data.syntheticSparse(sparseRows, 100_000), 0.8, 1e-4),
  };
}

/** The same objective as the peers', to its optimum or by streaming; the best of three runs each. */
async function ours({ train, test, alpha }: Problem): Promise<Map<string, Point[]>> {
  const exact = { ...exactLogistic(alpha), threads: '1' };
  const streamed = (epochs: number): Record<string, string> => ({
    ...exact,
    optimizer: 'adam',
    learning_rate: '0.02',
    epochs: String(epochs),
    early_stopping_patience: '1000',
    ...(train.rowCount < 20_000 && { mini_batch_size: '100' }),
  });
  const measured = async (hyperparameters: Record<string, string>, budget: number): Promise<Point> => {
    let best: Point = { budget, cpuMs: Number.POSITIVE_INFINITY, loss: Number.NaN };
    for (let round = 0; round < 3; round += 1) {
      const { cpuMs, model } = await fit(train, hyperparameters, 60_000);
      const loss = logLoss(test, model.weights, model.bias[0]!);
      if (cpuMs < best.cpuMs) best = { budget, cpuMs, loss };
      if (cpuMs > 5000) break;
    }
    return best;
  };
  const results = new Map<string, Point[]>();
  const attempt = async (name: string, run: () => Promise<Point[]>): Promise<void> => {
    try {
      results.set(name, await run());
    } catch {
      results.set(name, []);
    }
  };
  if (train.kind === 'dense') await attempt('Linnet, exact', async () => [await measured(exact, 1)]);
  else await attempt('Linnet', async () => [await measured(exact, 1)]);
  const reachedLoss = results.get('Linnet, exact')?.[0]?.loss ?? 0;
  await attempt('Linnet, streamed', () => ladder(reachedLoss * slack, (epochs) => measured(streamed(epochs), epochs)));
  return results;
}

interface Peer {
  name: string;
  budgetOf: string;
  sparse: boolean;
  /** Why it may be ahead where it is. */
  ahead: string;
}

const sklearnPeers: readonly (Peer & { learner: string })[] = [
  {
    name: 'sklearn lbfgs',
    learner: 'lbfgs',
    budgetOf: 'iterations',
    sparse: true,
    ahead: 'few iterations are enough for this loss',
  },
  {
    name: 'sklearn newton-cholesky',
    learner: 'newton-cholesky',
    budgetOf: 'iterations',
    sparse: false,
    ahead: 'few Newton steps by OpenBLAS are enough for this loss',
  },
  {
    name: 'sklearn liblinear',
    learner: 'liblinear',
    budgetOf: 'iterations',
    sparse: true,
    ahead: 'trust-region Newton steps visit only stored values',
  },
  {
    name: 'sklearn saga',
    learner: 'saga',
    budgetOf: 'passes',
    sparse: true,
    ahead: 'few passes of one model are enough for this loss',
  },
  {
    name: 'sklearn SGDClassifier',
    learner: 'sgd',
    budgetOf: 'passes',
    sparse: true,
    ahead: 'few passes of one model are enough for this loss',
  },
  {
    name: 'XGBoost gblinear',
    learner: 'xgboost',
    budgetOf: 'rounds',
    sparse: true,
    ahead: 'coordinate steps visit only stored values',
  },
  {
    name: 'LightGBM linear trees',
    learner: 'lightgbm',
    budgetOf: 'rounds',
    sparse: true,
    ahead: 'trees with linear leaves bend where a linear model cannot',
  },
  {
    name: 'glmnet',
    learner: 'glmnet',
    budgetOf: 'path',
    sparse: true,
    ahead: 'coordinate steps visit only stored values',
  },
  {
    name: 'Vowpal Wabbit',
    learner: 'vw',
    budgetOf: 'passes',
    sparse: true,
    ahead: 'adaptive steps on single rows reach this loss in few passes',
  },
];
const torchPeers: readonly (Peer & { learner: string })[] = [
  {
    name: 'PyTorch Adam',
    learner: 'torch-adam',
    budgetOf: 'passes',
    sparse: false,
    ahead: 'few passes are enough for this loss',
  },
  {
    name: 'PyTorch L-BFGS',
    learner: 'torch-lbfgs',
    budgetOf: 'iterations',
    sparse: false,
    ahead: 'few iterations in single precision are enough for this loss',
  },
];

async function pythonCurve(python: PythonPeers, learner: string, problem: Problem, stopAt: number): Promise<Point[]> {
  const { train, test, alpha } = problem;
  const peerData = (set: DenseSet | SparseSet) => ({ kind: set.kind, path: set.path, featureCount: set.featureCount });
  const files = learner === 'vw' ? vwFiles(problem) : {};
  const request = { peer: learner, data: peerData(train), test: peerData(test), alpha, files };
  // The first call loads the rows and the library.
  const first = await python.call('learn', { ...request, budget: 1 }, 6 * patienceMs);
  if (first.cpuMs > 2 * patienceMs) return [{ budget: 1, cpuMs: first.cpuMs, loss: first.loss }];
  return ladder(stopAt, (budget, limitMs) => python.call('learn', { ...request, budget }, limitMs));
}

/** The rows in Vowpal Wabbit's own text, which it turns into its cache before the clock runs. */
function vwFiles({ train, test }: Problem) {
  const write = (set: DenseSet | SparseSet): string => {
    const path = `${set.path}.vw`;
    if (existsSync(path)) return path;
    const file = openSync(`${path}.part`, 'w');
    const d = set.featureCount;
    for (let from = 0; from < set.rowCount; from += 10_000) {
      const lines: string[] = [];
      for (let row = from; row < Math.min(set.rowCount, from + 10_000); row += 1) {
        const cells: string[] = [];
        if (set.kind === 'sparse') {
          for (let at = set.rowStart[row]!; at < set.rowStart[row + 1]!; at += 1)
            cells.push(`${set.columns[at]}:${set.values[at]}`);
        } else for (let j = 0; j < d; j += 1) cells.push(`${j}:${set.x[row * d + j]!.toPrecision(7)}`);
        lines.push(`${set.y[row] === 1 ? 1 : -1} | ${cells.join(' ')}\n`);
      }
      writeSync(file, lines.join(''));
    }
    closeSync(file);
    renameSync(`${path}.part`, path);
    return path;
  };
  return { text: write(train), test: write(test), cache: `${train.path}.vwcache`, bits: 18 };
}

function tfjsCurve(bench: Bench, { train, test, alpha }: Problem, stopAt: number): Point[] {
  const { folder } = nodePeers(bench.log);
  const request = {
    train: train.path,
    test: test.path,
    d: train.featureCount,
    alpha,
    budgets,
    limitMs: patienceMs,
    stopAt,
  };
  const run = spawnSync(process.execPath, [join(benchRoot, 'peers/tfjs.mjs'), folder, JSON.stringify(request)], {
    encoding: 'utf8',
    timeout: 8 * patienceMs,
    cwd: cacheFolder(),
  });
  if (run.status !== 0) throw new Error(run.error?.message ?? run.stderr.trim().split('\n').at(-1) ?? 'failed');
  return JSON.parse(run.stdout.trim().split('\n').at(-1) ?? '[]') as Point[];
}

async function compare(bench: Bench, problem: Problem): Promise<{ rows: Row[]; plot: LinePlot }> {
  const own = await ours(problem);
  const ownPoints = [...own.values()].flat();
  const lowest = Math.min(...ownPoints.map(({ loss }) => loss));
  const goal = lowest * slack;
  const arrived = ownPoints.filter(({ loss }) => loss <= goal);
  const ownMs = Math.min(...arrived.map(({ cpuMs }) => cpuMs));
  const curves = new Map<string, Point[]>(own);
  const rows: Row[] = [];
  const add = async (peer: Peer, curve: () => Promise<Point[]>): Promise<void> => {
    if (problem.train.kind === 'sparse' && !peer.sparse) return;
    const what = `${problem.name}: ${peer.name}`;
    const target = { atLeast: 1 };
    try {
      if (arrived.length === 0) throw new Error('ours did not finish');
      const points = await curve();
      curves.set(peer.name, points);
      rows.push({ what, unit: 'x', target, ...verdict(peer, points, goal, ownMs) });
    } catch (error) {
      rows.push({ what, unit: 'x', figures: {}, note: (error as Error).message });
    }
  };
  const python = await bench.python(1);
  for (const peer of sklearnPeers) await add(peer, () => pythonCurve(python, peer.learner, problem, goal));
  for (const peer of torchPeers)
    await add(peer, async () => pythonCurve(await bench.torch(), peer.learner, problem, goal));
  await add(
    { name: 'TensorFlow.js (wasm)', budgetOf: 'passes', sparse: false, ahead: 'few passes are enough' },
    async () => tfjsCurve(bench, problem, goal),
  );
  await python.call('drop', {});
  const best = Math.min(...[...curves.values()].flat().map(({ loss }) => loss));
  const plot: LinePlot = {
    kind: 'lines',
    title: `${problem.name}: held-out log-loss over CPU time, one thread`,
    x: { label: 'CPU seconds', log: true },
    y: { label: 'log-loss above the lowest, %', log: true },
    series: [...curves].map(([name, points]) => ({
      name,
      points: points
        .map(({ cpuMs, loss }) => [cpuMs / 1000, Math.max(0.003, 100 * (loss / best - 1))] as const)
        .filter(([at, above]) => Number.isFinite(above) && at > 0),
    })),
  };
  const shown = Object.fromEntries(
    [...own].flatMap(([name, points]) =>
      points.slice(-1).flatMap((point) => [
        [name, point.cpuMs],
        [`${name}: loss`, point.loss],
      ]),
    ),
  );
  rows.unshift({
    what: `${problem.name}: Linnet, CPU time to a held-out log-loss of ${goal.toFixed(5)}`,
    ...(Number.isFinite(ownMs) && { value: ownMs }),
    unit: 'ms',
    figures: shown,
    ...(arrived.length === 0 && { note: 'not done within a minute' }),
  });
  return { rows, plot };
}

/** Whole fits below this many milliseconds are mostly fixed cost: scaling, selection, metrics, the engine warming up. */
const fixedCostMs = 20;

function verdict(
  peer: Peer,
  points: readonly Point[],
  goal: number,
  ownMs: number,
): Pick<Row, 'value' | 'figures' | 'note' | 'reached'> {
  const last = points.at(-1);
  if (last === undefined) throw new Error('it gave no result');
  const hit = points.find(({ loss }) => loss <= goal);
  const { budget, cpuMs, loss } = hit ?? last;
  const spent = `${budget} ${peer.budgetOf}`;
  const figures = { 'its ms': cpuMs, 'its loss': loss };
  if (hit === undefined) return { figures, reached: true, note: `it does not reach the loss: ${spent}` };
  const value = cpuMs / ownMs;
  if (value >= 1) return { value, figures, note: spent };
  const reason = ownMs < fixedCostMs ? `fixed cost of a whole fit of ${ownMs.toFixed(1)} ms` : peer.ahead;
  return { value, figures, note: `not ahead: ${reason} (${spent})` };
}

const peersCase: BenchCase = {
  id: 'peers',
  title: 'Time to the same held-out loss',
  async run(bench) {
    const rows: Row[] = [];
    const plots: LinePlot[] = [];
    for (const [name, make] of Object.entries(problemsOf(bench))) {
      bench.log(name);
      let problem: Problem;
      try {
        problem = make();
      } catch (error) {
        rows.push({ what: name, unit: 'ms', figures: {}, note: (error as Error).message });
        continue;
      }
      const compared = await compare(bench, problem);
      rows.push(...compared.rows);
      plots.push(compared.plot);
    }
    const python = await bench.python(1);
    const names = ['scikit-learn', 'numpy', 'xgboost', 'lightgbm', 'python-glmnet', 'vowpalwabbit'];
    const torch = await bench.torch().catch(() => undefined);
    return {
      rows,
      plots,
      peers: {
        ...(await versionsOf(python, names)),
        ...(torch !== undefined && (await versionsOf(torch, ['torch']))),
        ...nodePeerVersions('@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm'),
      },
    };
  },
};

export const peerCases: readonly BenchCase[] = [peersCase];
