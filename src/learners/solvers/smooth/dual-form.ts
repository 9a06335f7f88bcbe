// The representer theorem: G. Kimeldorf and G. Wahba, J. Math. Anal. Appl. 33 (1971) 82.
import { type Design, outputsOf, PlainDesign, PlainSparseDesign } from '../../../kernels/index.ts';
import { cholesky } from '../../linear-algebra/cholesky.ts';
import { type ExactProblem, type Solution, type SolveOptions, scaleOf } from '../problem.ts';

/** Whether features so outnumber rows that the weights are better looked for among combinations of rows. */
export const isWide = ({ design, l1 }: ExactProblem): boolean =>
  l1 === 0 && isWideShape(design) && !(design instanceof PlainSparseDesign && design.rowCount > sparseRowsMax);

/** The same of the shape alone, where there is no l1. */
export const isWideShape = ({ rowCount, featureCount }: { rowCount: number; featureCount: number }): boolean =>
  featureCount > 100 && featureCount > 1.2 * rowCount && rowCount ** 2 * featureCount <= productsMax;

/** Multiplications for the products of all rows with each other beyond which steps over the rows themselves are sooner done. */
const productsMax = 4e10;
/** Sparse rows beyond which their dense products would take longer than steps over what is stored. */
const sparseRowsMax = 500;

/**
 * Without l1 the best weights are a combination of rows, w = X^T a. With X X^T = L L^T and a = L^-T z, scores are L z and
 * |w|^2 is |z|^2: the same problem with as many features as rows. The gap is that of the small problem and what
 * rounding puts between its objective and that of the weights.
 */
export function solveDualForm(
  problem: ExactProblem,
  options: SolveOptions,
  solveSmall: (small: ExactProblem, options: SolveOptions) => Solution,
  objectiveAt: (theta: Float64Array) => number,
): Solution {
  const rows = problem.fine ?? problem.design;
  const { rowCount: n, featureCount: d } = rows;
  const K = outputsOf(problem.loss);
  const { x, design } = spaceOf(rows);
  const small = solveSmall({ ...problem, design, fine: undefined }, { ...options, start: undefined });
  // a = L^-T z, from the last row up.
  const a = new Float64Array(n * K);
  for (let k = 0; k < K; k += 1) {
    for (let i = n - 1; i >= 0; i -= 1) {
      let left = small.theta[i * K + k];
      for (let row = i + 1; row < n; row += 1) left -= x[row * n + i] * a[row * K + k];
      a[i * K + k] = x[i * n + i] > 0 ? left / x[i * n + i] : 0;
    }
  }
  const theta = new Float64Array((d + 1) * K);
  rows.gradient(a, K, theta);
  theta.set(small.theta.subarray(n * K), d * K);
  const objective = objectiveAt(theta);
  const { certificate } = small;
  const atZero = objectiveAt(new Float64Array(theta.length));
  const relative = certificate.relative + Math.abs(objective - small.objective) / scaleOf(objective, atZero);
  return {
    ...small,
    theta,
    objective,
    certificate: { ...certificate, relative, reached: certificate.reached && relative <= certificate.tolerance },
    method: `${small.method} in the space of rows`,
    nonZero: theta.subarray(0, d * K).filter((value) => value !== 0).length,
  };
}

interface RowSpace {
  /** Lower triangle L, rowCount x rowCount. */
  x: Float64Array;
  /** Its rows as a problem's. */
  design: Design;
}

/** Of the rows solved last: the penalties of a path share them. */
const spaces = new WeakMap<Design, RowSpace>();
/** Of a row scaled to length 1, the least length beside all earlier rows. */
const leastPivotRoot = 2e-6;
/** Values of a space that is kept: 128 MiB. */
const keptValuesMax = 2 ** 24;

function spaceOf(rows: Design): RowSpace {
  const kept = spaces.get(rows);
  if (kept !== undefined) return kept;
  const n = rows.rowCount;
  const products = productsOf(rows);
  const { L, scale } = cholesky(products, n);
  const x = new Float64Array(n * n);
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j <= i && scale[i] > 0; j += 1) {
      // What rounding leaves of a row that others make up is no direction: without penalty all would be sought along it.
      if (L[j * n + j] > leastPivotRoot) x[i * n + j] = L[i * n + j] / scale[i];
    }
  }
  const space = { x, design: new PlainDesign({ x, rowCount: n, featureCount: n }) };
  if (x.length <= keptValuesMax) spaces.set(rows, space);
  return space;
}

/** Lower triangle of X X^T. */
function productsOf(rows: Design): Float64Array {
  const known = rows.products?.();
  if (known !== undefined) return known;
  const { rowCount: n, featureCount: d } = rows;
  // Gradients of single rows are the rows themselves: X^T, with a row of ones that is not wanted.
  const units = new Float64Array(n * n);
  for (let row = 0; row < n; row += 1) units[row * n + row] = 1;
  const transposed = new Float64Array((d + 1) * n);
  rows.gradient(units, n, transposed);
  transposed.fill(0, d * n);
  const products = new Float64Array(n * n);
  rows.scores(transposed, n, products);
  return products;
}
