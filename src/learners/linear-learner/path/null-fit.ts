import { type Design, makeDerivatives, type ScalarLoss } from '../../../kernels/index.ts';

/** What the data say before any weight is fitted. */
export interface NullFit {
  /** Mean curvature of the loss in the score, at the best model without features. */
  curvature: number;
  /** Largest slope of the mean loss in any weight there: from this l1 on, all weights are 0. */
  slopeMax: number;
  /** Largest eigenvalue of X'X / rows, X without the intercept; where it is above `widestOf`, any number above that. */
  eigenvalueMax: number;
  rowCount: number;
  featureCount: number;
}

/** The strongest penalty of a path halves a direction of so many times the average spread, or of the widest there is. */
export const widestOf = ({ rowCount, featureCount }: { rowCount: number; featureCount: number }): number =>
  1 + (10 * featureCount) / rowCount;

/** Fits the intercept alone by Newton steps, and looks at the loss there. For a loss of one score. */
export function nullFitOf(design: Design, labels: ArrayLike<number>, loss: ScalarLoss, useBias: boolean): NullFit {
  const { rowCount } = design;
  const counts = countsOf(labels);
  // Rows with the same label have the same loss here: of classes a pass is over a few labels instead of all rows.
  const kinds = counts === undefined ? labels : Float64Array.from(counts.keys());
  const times = counts === undefined ? undefined : Float64Array.from(counts.values());
  const out = makeDerivatives();
  let intercept = 0;
  for (let step = 0; useBias && step < 30; step += 1) {
    let slope = 0;
    let curvature = 1e-12;
    for (let kind = 0; kind < kinds.length; kind += 1) {
      const count = times === undefined ? 1 : times[kind];
      loss.rounded(intercept, kinds[kind], kinkWidth, out);
      slope += count * out.slope;
      curvature += count * out.curvature;
    }
    const move = Math.max(-2, Math.min(2, slope / curvature));
    intercept -= move;
    if (Math.abs(move) < 1e-6) break;
  }
  const slopesOfKinds = new Float64Array(kinds.length);
  let curvature = 0;
  for (let kind = 0; kind < kinds.length; kind += 1) {
    loss.rounded(intercept, kinds[kind], kinkWidth, out);
    slopesOfKinds[kind] = out.slope;
    curvature += ((times === undefined ? 1 : times[kind]) * out.curvature) / rowCount;
  }
  const slopes = counts === undefined ? slopesOfKinds : ofRows(labels, kinds, slopesOfKinds);
  return { curvature, ...directionsOf(design, slopes, 1), rowCount, featureCount: design.featureCount };
}

/** Kinks are rounded over half a standard deviation of the label for this first look. */
const kinkWidth = 0.5;

const kindsMax = 16;

/** How many rows have each label; undefined where there are many different ones. */
function countsOf(labels: ArrayLike<number>): Map<number, number> | undefined {
  const counts = new Map<number, number>();
  for (let row = 0; row < labels.length; row += 1) {
    const label = labels[row];
    counts.set(label, (counts.get(label) ?? 0) + 1);
    if (counts.size > kindsMax) return undefined;
  }
  return counts;
}

/** The value of each row's label. */
function ofRows(labels: ArrayLike<number>, kinds: ArrayLike<number>, values: Float64Array): Float64Array {
  const places = new Map(Array.from(kinds, (label, kind) => [label, kind]));
  const rows = new Float64Array(labels.length);
  for (let row = 0; row < rows.length; row += 1) rows[row] = values[places.get(labels[row])!];
  return rows;
}

/** The same for softmax: class shares are the null model. */
export function softmaxNullFit(design: Design, labels: ArrayLike<number>, outputs: number): NullFit {
  const { rowCount } = design;
  const shares = new Float64Array(outputs);
  for (let row = 0; row < rowCount; row += 1) shares[labels[row]] += 1 / rowCount;
  const slopes = new Float64Array(rowCount * outputs);
  for (let row = 0; row < rowCount; row += 1) {
    for (let k = 0; k < outputs; k += 1) slopes[row * outputs + k] = shares[k] - (labels[row] === k ? 1 : 0);
  }
  const curvature = shares.reduce((sum, share) => sum + share * (1 - share), 0) / outputs;
  return {
    curvature: Math.max(curvature, 1e-6),
    ...directionsOf(design, slopes, outputs),
    rowCount,
    featureCount: design.featureCount,
  };
}

function directionsOf(design: Design, slopes: Float64Array, outputs: number) {
  const { rowCount, featureCount: d } = design;
  const gradient = new Float64Array((d + 1) * outputs);
  design.gradient(slopes, outputs, gradient);
  let slopeMax = 0;
  for (let at = 0; at < d * outputs; at += 1) slopeMax = Math.max(slopeMax, Math.abs(gradient[at]) / rowCount);
  return { slopeMax, eigenvalueMax: eigenvalueMaxOf(design) };
}

/**
 * By power iteration, each step of which takes two passes over the rows and gives a lower bound; a few per cent are near
 * enough for the end of a path, and so is a bound beyond what a path begins with.
 */
function eigenvalueMaxOf(design: Design): number {
  const { rowCount, featureCount: d } = design;
  const widest = widestOf(design);
  const v = new Float64Array(d + 1);
  // Not a symmetric start, which may be at right angles to what is sought.
  for (let j = 0; j < d; j += 1) v[j] = 1 + ((j * 7) % 11) / 11;
  const scores = new Float64Array(rowCount);
  let eigenvalue = 0;
  for (let step = 0; step < 8 && eigenvalue <= widest; step += 1) {
    const norm = Math.sqrt(v.reduce((sum, value) => sum + value * value, 0));
    if (norm === 0) return 1;
    for (let j = 0; j <= d; j += 1) v[j] /= norm;
    design.scores(v, 1, scores);
    design.gradient(scores, 1, v);
    v[d] = 0;
    eigenvalue = Math.sqrt(v.reduce((sum, value) => sum + value * value, 0)) / rowCount;
  }
  return Math.max(eigenvalue, 1e-3);
}
