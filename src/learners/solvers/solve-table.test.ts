// Why each solver stands in the table: the problem that it takes is solved by it, and not as cheaply, or not at all, by the
// next one that would take it. Work is counted in multiplications of the design, not in time.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Design,
  type LossShape,
  lossOf,
  openKernels,
  PlainDesign,
  PlainSparseDesign,
} from '../../kernels/index.ts';
import { normal, seededRandom } from '../rows/random.ts';
import { counting, type Work } from './counting-design.testing.ts';
import { nearOf, solveNear } from './near.ts';
import { interiorPoint } from './piecewise/interior-point.ts';
import { lossAt, overAllRows, preprocessed, weightsOf } from './piecewise/quantile-preprocessing.ts';
import { type ExactProblem, gapCertificate, penaltyOf, type Solution, scaleOf } from './problem.ts';
import { proximalNewton } from './proximal/proximal-newton.ts';
import { newton } from './smooth/newton.ts';
import { valueAtZero } from './smooth/smooth-objective.ts';
import { byConjugateGradients, byLbfgs } from './smooth/smooth-solver.ts';
import { solve, solverOf, solvers } from './solve.ts';

interface Given {
  rowCount: number;
  featureCount: number;
  loss: LossShape;
  wd?: number;
  l1?: number;
  /** Values a row. */
  sparse?: number;
  /** Rows of zeros, only to look at who takes them. */
  isEmpty?: boolean;
}

function problemOf(
  { rowCount, featureCount, loss, wd = 0, l1 = 0, sparse, isEmpty }: Given,
  work?: Work,
): ExactProblem {
  const random = seededRandom(3);
  const x = new Float64Array(rowCount * featureCount);
  if (isEmpty === true) x.fill(0);
  else if (sparse === undefined) for (let at = 0; at < x.length; at += 1) x[at] = normal(random);
  else
    for (let row = 0; row < rowCount; row += 1)
      for (let k = 0; k < sparse; k += 1) x[row * featureCount + Math.floor(random() * featureCount)] = normal(random);
  const labels = Float64Array.from({ length: rowCount }, (_, row) => {
    let f = normal(random);
    for (let j = 0; j < featureCount; j += 3) f += x[row * featureCount + j] * ((j % 5) - 2) * 0.3;
    if (loss.kind === 'softmax') return f < -0.5 ? 0 : f < 0.5 ? 1 : 2;
    return loss.kind === 'logistic' || loss.kind === 'hinge' ? Number(f > 0) : f;
  });
  const design: Design =
    sparse === undefined ? new PlainDesign({ x, rowCount, featureCount }) : sparseOf(x, rowCount, featureCount);
  return {
    design: work === undefined ? design : counting(design, work, sparse && sparse * rowCount),
    labels,
    loss,
    positiveWeight: 1,
    wd,
    l1,
    biasWd: 0,
    useBias: true,
  };
}

function sparseOf(x: Float64Array, rowCount: number, featureCount: number): Design {
  const rowStart = new Uint32Array(rowCount + 1);
  const columns: number[] = [];
  for (let row = 0; row < rowCount; row += 1) {
    for (let j = 0; j < featureCount; j += 1) if (x[row * featureCount + j] !== 0) columns.push(j);
    rowStart[row + 1] = columns.length;
  }
  return new PlainSparseDesign({
    rowStart,
    columns: Uint32Array.from(columns),
    values: x.filter((value) => value !== 0),
    featureCount,
  });
}

const squared: LossShape = { kind: 'squared' };
const logistic: LossShape = { kind: 'logistic' };
const softmax = (outputs: number): LossShape => ({
  kind: 'softmax',
  outputs,
  classWeight: new Float64Array(outputs).fill(1),
});

const examples: Readonly<Record<string, Given>> = {
  'classes that occur': { rowCount: 200, featureCount: 3, loss: softmax(5), wd: 0.01 },
  'dual form': { rowCount: 60, featureCount: 900, loss: logistic, wd: 0.1 },
  'working set': { rowCount: 300, featureCount: 700, loss: squared, l1: 0.2 },
  'proximal Newton': { rowCount: 400, featureCount: 20, loss: logistic, l1: 0.02 },
  'Newton, then interior point': { rowCount: 800, featureCount: 12, loss: { kind: 'huber', delta: 1 }, wd: 1e-4 },
  'interior point': { rowCount: 500, featureCount: 8, loss: { kind: 'absolute' }, wd: 1e-4 },
  'Newton by conjugate gradients': { rowCount: 900, featureCount: 1400, loss: logistic, wd: 0.01, sparse: 8 },
  'L-BFGS, then conjugate gradients': { rowCount: 2700, featureCount: 3050, loss: logistic, wd: 1e-4, isEmpty: true },
  'Newton or preconditioned L-BFGS': { rowCount: 600, featureCount: 12, loss: logistic, wd: 1e-3 },
};

test('Every solver of the table has its example here', () => {
  assert.deepEqual(
    Object.keys(examples),
    solvers.map(({ name }) => name),
  );
});

for (const [place, solver] of solvers.entries()) {
  test(`${solver.name}: its example is given to it, and the next way costs more or does not end`, () => {
    const given = examples[solver.name]!;
    const work = { total: 0 };
    const problem = problemOf(given, work);
    assert.equal(solverOf(problem).name, solver.name);
    if (given.isEmpty === true) return;
    const solution = solve(problem);
    assert.ok(solution.certificate.reached, JSON.stringify(solution.certificate));
    const own = work.total;
    const next = solvers.slice(place + 1).find(({ takes }) => takes(problem));
    if (next === undefined) return;
    work.total = 0;
    const other = attempt(() => next.solve(problem, { stopped: () => work.total > 1.5 * own }));
    const isOptimum =
      other?.certificate.reached === true &&
      objectiveOf(problem, other) <= objectiveOf(problem, solution) * (1 + 1e-6) + 1e-12;
    assert.ok(!isOptimum || work.total > 1.3 * own, `${solver.name} ${own}, ${next.name} ${work.total}`);
  });
}

/** What solvers that know no l1 leave out is counted. */
const objectiveOf = (problem: ExactProblem, { objective, theta, method }: Solution): number =>
  /proximal|interior|active/.test(method) ? objective : objective + penaltyOf({ ...problem, wd: 0, biasWd: 0 }, theta);

function attempt(run: () => Solution): Solution | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}

test('Of many rows the interior point over those near a kink does less than half of the work', () => {
  const work = { total: 0 };
  const problem = problemOf({ rowCount: 20_000, featureCount: 10, loss: { kind: 'absolute' }, wd: 1e-4 }, work);
  const pieces = lossOf(problem.loss).pieces!;
  const weight = weightsOf(problem);
  const atZero = lossAt(pieces, problem.labels, weight, new Float64Array(weight.length));
  const options = {
    start: new Float64Array(11),
    doubt: 1,
    tolerance: 1e-10,
    scale: (objective: number) => scaleOf(objective, atZero),
    stopped: () => false,
    onStep: () => undefined,
  };
  const near = preprocessed(problem, pieces, weight, options);
  const own = work.total;
  work.total = 0;
  const whole = overAllRows(problem, pieces, weight, (all) => interiorPoint(all, options));
  assert.ok(Math.abs(near.objective - whole.objective) <= 1e-8 * whole.objective);
  assert.ok(work.total > 2 * own, `${own} ${work.total}`);
});

test('Of many cells a lasso in single precision leaves doubles but the last steps', () => {
  const work = { total: 0 };
  const problem = problemOf({ rowCount: 30_000, featureCount: 40, loss: logistic, l1: 0.01 });
  const fine = counting(problem.design, work);
  const solution = solve({ ...problem, fine });
  assert.ok(solution.certificate.reached);
  const cells = problem.design.rowCount * problem.design.featureCount;
  assert.ok(work.total <= 2 * cells, `${work.total / cells} passes in doubles`);
});

test('Without a factor L-BFGS takes weak penalties most of the way for less work than conjugate gradients', () => {
  const [rowCount, featureCount] = [2700, 3050];
  const random = seededRandom(5);
  const x = new Float32Array(rowCount * featureCount);
  const labels = new Float32Array(rowCount);
  for (let row = 0; row < rowCount; row += 1) {
    const common = random() - 0.5;
    let f = 2 * (random() - 0.5);
    for (let j = 0; j < featureCount; j += 1) {
      const value = (3.5 * (random() - 0.5)) / (1 + j / 50) + common;
      x[row * featureCount + j] = value;
      if (j % 7 === 0) f += value / 2;
    }
    labels[row] = Number(f > 0);
  }
  const scaling = { shift: new Float64Array(featureCount), factor: new Float64Array(featureCount).fill(1) };
  const loader = openKernels().loadDesign({ rowCount, featureCount }, scaling)!;
  loader.append(x, rowCount);
  const work = { total: 0 };
  const design = counting(loader.finish(), work);
  const problem = { design, labels, loss: logistic, positiveWeight: 1, wd: 1e-3, l1: 0, biasWd: 0, useBias: true };
  const [ours, other] = [byLbfgs, byConjugateGradients].map((method) => {
    work.total = 0;
    assert.ok(method(problem, {}).certificate.reached);
    return work.total;
  });
  assert.ok(ours! < other!, `${ours} ${other}`);
});

/** Work of a solve, which must reach its certificate. */
function workOf(given: Given, method: (problem: ExactProblem) => Solution): number {
  const work = { total: 0 };
  assert.ok(method(problemOf(given, work)).certificate.reached);
  return work.total;
}

test('Of many rows subsamples give Newton and proximal Newton a start that saves work', () => {
  const many = { rowCount: 12_000, featureCount: 40, loss: logistic, wd: 1e-3 };
  const zero = new Float64Array(41);
  const newtonAlone = (problem: ExactProblem): Solution => {
    const atZero = valueAtZero(problem);
    const { point, iterations, shortfall } = newton(problem, zero, {
      tolerance: 1e-11,
      steady: true,
      stepsMax: 50,
      scale: (value) => scaleOf(value, atZero),
      stopped: () => false,
      diverges: () => false,
      onStep: () => undefined,
    });
    const certificate = gapCertificate(shortfall, point.value, atZero, 1e-8);
    const { theta, value: objective } = point;
    return { theta, objective, certificate, iterations, method: 'Newton', nonZero: 40, separable: false };
  };
  const [ours, alone] = [workOf(many, solve), workOf(many, newtonAlone)];
  assert.ok(1.3 * ours < alone, `${ours} ${alone}`);
  const lasso = { ...many, wd: 0, l1: 0.01 };
  const [fromSubsamples, fromZero] = [
    workOf(lasso, (problem) => proximalNewton(problem, {})),
    workOf(lasso, (problem) => proximalNewton(problem, { start: zero })),
  ];
  assert.ok(1.1 * fromSubsamples < fromZero, `${fromSubsamples} ${fromZero}`);
});

test('A problem near a solved one takes its hessian, and less than half of the work', () => {
  for (const penalty of [{ wd: 1e-3 }, { l1: 0.01 }]) {
    const given = { rowCount: 3000, featureCount: 40, loss: logistic, ...penalty };
    const near = nearOf(problemOf(given), solve(problemOf(given)).theta);
    const work = { total: 0 };
    const all = problemOf(given, work);
    const rows = Uint32Array.from({ length: 2400 }, (_, at) => at);
    const fold = { ...all, design: all.design.pick(rows), labels: all.labels.slice(0, 2400) };
    const theta = solveNear(fold, near, { tolerance: 1e-7 });
    const own = work.total;
    work.total = 0;
    const cold = solve(fold, { tolerance: 1e-7 });
    assert.ok(Math.max(...cold.theta.map((value, at) => Math.abs(value - theta[at]))) < 1e-2);
    assert.ok(2 * own < work.total, `${own} ${work.total}`);
  }
});
