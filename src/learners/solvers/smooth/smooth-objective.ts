// The objective without l1 at one point: from one sweep of the design where it has one, else from scores and gradients.
import { assert } from '../../../base/index.ts';
import { type Design, hasManyOutputs, lossOf, makeDerivatives, portableMath } from '../../../kernels/index.ts';
import { type ExactProblem, sizeOf } from '../problem.ts';
import { diagonalOf, finishGradient, finishHessian, type SmoothPoint, smoothPenalty } from './smooth-point.ts';
import { SoftmaxPoint } from './softmax-point.ts';

/** The objective without l1 at theta. `bent` says that the hessian will be wanted too: one sweep then does all. */
export function pointAt(problem: ExactProblem, theta: Float64Array, bent: boolean): SmoothPoint {
  const { design, labels, loss, positiveWeight } = problem;
  if (hasManyOutputs(loss) && bent) return new SoftmaxPoint(problem, loss, theta);
  const hasOneGram = lossOf(loss).hasConstantCurvature && positiveWeight === 1;
  const known = hasOneGram ? constantGrams.get(design) : undefined;
  const swept = design.sweep?.({ loss, theta, labels, positiveWeight, width: 0, gram: bent && known === undefined });
  if (hasOneGram && swept?.gram !== undefined) keep(design, swept.gram.slice());
  const point = once(() =>
    hasManyOutputs(loss) ? new SoftmaxPoint(problem, loss, theta) : scalarPoint(problem, theta, hasOneGram),
  );
  if (swept === undefined) return point();
  return {
    theta,
    value: swept.value / design.rowCount + smoothPenalty(problem, theta),
    gradient: once(() => finishGradient(problem, theta, swept.gradient.slice())),
    hessian: once(() => {
      const gram = known ?? swept.gram;
      return gram === undefined ? point().hessian() : finishHessian(problem, gram.slice());
    }),
    times: (vector) => point().times(vector),
    diagonal: () => point().diagonal(),
    scores: () => point().scores(),
  };
}

/** A parabola has the same hessian for all weights and penalties: one gram serves a whole path. */
const constantGrams = new WeakMap<Design, Float64Array>();
/** Values of a gram that is kept: 16 MiB. */
const keptGramMax = 2 ** 21;

function keep(design: Design, gram: Float64Array): void {
  if (gram.length <= keptGramMax) constantGrams.set(design, gram);
}

/** The objective at theta = 0, where the features do not matter. */
export function valueAtZero({ design, labels, loss, positiveWeight }: ExactProblem): number {
  const n = design.rowCount;
  let total = 0;
  if (hasManyOutputs(loss)) {
    for (let row = 0; row < n; row += 1) total += loss.classWeight[labels[row]];
    return (total / n) * portableMath.log(loss.outputs);
  }
  const { exact, link } = lossOf(loss);
  assert(exact !== undefined, 'a loss with a slope everywhere');
  const out = makeDerivatives();
  // All rows of a class have the same loss, and that of both classes is the same.
  if (link === 'logit') {
    let positives = 0;
    for (let row = 0; row < n; row += 1) positives += Number(labels[row] === 1);
    exact(0, 1, out);
    return ((n - positives + positiveWeight * positives) / n) * out.value;
  }
  for (let row = 0; row < n; row += 1) {
    exact(0, labels[row], out);
    total += labels[row] === 1 ? positiveWeight * out.value : out.value;
  }
  return total / n;
}

/** Of each row slope and curvature of its weighted loss at scores f, and the sum of the losses. */
export function rowDerivatives({ labels, loss, positiveWeight }: ExactProblem, f: Float64Array) {
  const { exact } = lossOf(loss);
  assert(exact !== undefined, 'a loss with a slope everywhere');
  const out = makeDerivatives();
  const slopes = new Float64Array(f.length);
  const curvatures = new Float64Array(f.length);
  let value = 0;
  for (let row = 0; row < f.length; row += 1) {
    const weight = labels[row] === 1 ? positiveWeight : 1;
    exact(f[row], labels[row], out);
    value += weight * out.value;
    slopes[row] = weight * out.slope;
    curvatures[row] = weight * out.curvature;
  }
  return { value, slopes, curvatures };
}

export function once<T>(make: () => T): () => T {
  let value: T | undefined;
  return () => {
    value ??= make();
    return value;
  };
}

function scalarPoint(problem: ExactProblem, theta: Float64Array, hasOneGram: boolean): SmoothPoint {
  const { design } = problem;
  const scores = once(() => {
    const f = new Float64Array(design.rowCount);
    design.scores(theta, 1, f);
    return f;
  });
  const rows = once(() => rowDerivatives(problem, scores()));
  const gradientOf = (slopes: Float64Array, at: Float64Array): Float64Array => {
    const g = new Float64Array(sizeOf(problem));
    design.gradient(slopes, 1, g);
    return finishGradient(problem, at, g);
  };
  return {
    theta,
    get value() {
      return rows().value / design.rowCount + smoothPenalty(problem, theta);
    },
    scores,
    gradient: once(() => gradientOf(rows().slopes, theta)),
    hessian: once(() => {
      let gram = hasOneGram ? constantGrams.get(design)?.slice() : undefined;
      if (gram === undefined) {
        gram = new Float64Array(sizeOf(problem) ** 2);
        design.gram(rows().curvatures, gram);
        if (hasOneGram) keep(design, gram.slice());
      }
      return finishHessian(problem, gram);
    }),
    times(vector) {
      const f = new Float64Array(design.rowCount);
      design.scores(vector, 1, f);
      for (let row = 0; row < f.length; row += 1) f[row] *= rows().curvatures[row];
      return gradientOf(f, vector);
    },
    diagonal: () => diagonalOf(problem, rows().curvatures),
  };
}
