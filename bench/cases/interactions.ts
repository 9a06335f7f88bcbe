import { predict } from '../../src/learners/index.ts';
import { normalFrom, uniformFrom } from '../data/random.ts';
import type { DenseSet } from '../data/store.ts';
import type { Bench, BenchCase, Row } from '../framework/case.ts';
import { bestOf, interleaved } from '../framework/measure.ts';
import { fit } from './fit.ts';
import { versionsOf } from './versions.ts';

interface Shape {
  rowCount: number;
  featureCount: number;
  kind: 'binary' | 'regression';
}

const shapes: readonly Shape[] = [
  { rowCount: 1000, featureCount: 20, kind: 'binary' },
  { rowCount: 5000, featureCount: 40, kind: 'binary' },
  { rowCount: 20_000, featureCount: 20, kind: 'binary' },
  { rowCount: 1000, featureCount: 20, kind: 'regression' },
  { rowCount: 5000, featureCount: 40, kind: 'regression' },
  { rowCount: 20_000, featureCount: 20, kind: 'regression' },
];

/** Rows of the store with labels of lines and of a few products. */
function withProducts(bench: Bench, { rowCount, featureCount: d, kind }: Shape): DenseSet {
  const set = bench.data.synthetic(rowCount, d, kind === 'binary' ? 2 : 0);
  const uniform = uniformFrom(d);
  const normal = normalFrom(uniform);
  const weights = Float64Array.from({ length: d }, () => normal() / Math.sqrt(d));
  const products = Array.from({ length: d }, () => [Math.floor(uniform() * d), Math.floor(uniform() * d)] as const);
  const strengths = products.map(() => (1.5 * normal()) / Math.sqrt(d));
  const name = `${set.name}-products`;
  return bench.data.labelled(set, name, (x) => {
    let score = 0;
    for (let j = 0; j < d; j += 1) score += weights[j]! * x[j]!;
    products.forEach(([i, j], at) => {
      if (i !== j) score += strengths[at]! * x[i]! * x[j]!;
    });
    if (kind === 'regression') return score + normal();
    return uniform() < 1 / (1 + Math.exp(-score)) ? 1 : 0;
  });
}

async function against(bench: Bench, shape: Shape): Promise<Row> {
  const { kind } = shape;
  const isBinary = kind === 'binary';
  const all = withProducts(bench, shape);
  const cut = Math.round(0.8 * all.rowCount);
  const [train, test] = [bench.data.part(all, 0, cut), bench.data.part(all, cut, all.rowCount)] as [DenseSet, DenseSet];
  const python = await bench.python(1);
  const job = {
    predictor_type: isBinary ? 'binary_classifier' : 'regressor',
    ...(isBinary && { binary_classifier_model_selection_criteria: 'loss_function' }),
    interactions: 'all',
    statistics: 'false',
    threads: '1',
  };
  const data = (set: DenseSet) => ({ kind: set.kind, path: set.path, featureCount: set.featureCount });
  let own = Number.NaN;
  let theirs = Number.NaN;
  const peer = isBinary ? 'LogisticRegression' : 'Ridge';
  const best = bestOf(
    await interleaved(
      [
        {
          name: 'ours',
          async run() {
            const { model, cpuMs } = await fit(train, job);
            own = lossOf(predict(model, 'float64', rowsOf(test)).scores, test.y, isBinary);
            return cpuMs;
          },
        },
        {
          name: peer,
          async run() {
            const answer = await python.call('products', { data: data(train), test: data(test), kind });
            theirs = answer.loss;
            return answer.cpuMs;
          },
        },
      ],
      { rounds: bench.quick ? 1 : 3, clock: 'cpu', warmups: 1, budgetMs: 20_000 },
    ),
  );
  return {
    what: `products of all pairs, ${kind}, ${train.rowCount}x${train.featureCount}: our whole search against one fit of PolynomialFeatures and ${peer}, one thread, CPU time`,
    label: `products, ${kind}, ${train.rowCount}x${train.featureCount}`,
    value: best.ours! / best[peer]!,
    unit: 'x',
    target: { atMost: 5 },
    figures: { ...best, 'our held-out loss': own, 'its held-out loss': theirs },
  };
}

const rowsOf = ({ rowCount, featureCount, x, y }: DenseSet) => ({
  rowCount,
  featureCount,
  features: x,
  labels: Float64Array.from(y),
});

/** Log-loss or mean squared error. */
function lossOf(scores: ArrayLike<number>, y: ArrayLike<number>, isBinary: boolean): number {
  let sum = 0;
  for (let row = 0; row < y.length; row += 1) {
    const label = y[row]!;
    const score = scores[row]!;
    sum += isBinary ? -Math.log(Math.max(1e-15, label === 1 ? score : 1 - score)) : (score - label) ** 2;
  }
  return sum / y.length;
}

export const interactionCases: readonly BenchCase[] = [
  {
    id: 'I1',
    title: 'Products of features against PolynomialFeatures',
    async run(bench) {
      const rows: Row[] = [];
      for (const shape of bench.quick ? shapes.filter(({ rowCount }) => rowCount <= 5000) : shapes) {
        bench.log(`  ${shape.kind}, ${shape.rowCount}x${shape.featureCount}`);
        rows.push(await against(bench, shape));
      }
      return { rows, peers: await versionsOf(await bench.python(1), ['scikit-learn', 'numpy']) };
    },
  },
];
