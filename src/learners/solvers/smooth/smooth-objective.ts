import { assert } from '../../../base/index.ts';
import { type Design, hasManyOutputs, lossOf, makeDerivatives, portableMath } from '../../../kernels/index.ts';
import { type ExactProblem, sizeOf } from '../problem.ts';
import { diagonalOf, finishGradient, finishHessian, type SmoothPoint, smoothPenalty } from './smooth-point.ts';
import { SoftmaxPoint } from './softmax-point.ts';

/** The objective without l1 at theta. `bent` says that the hessian will be wanted too: one sweep then does all. */
export function pointAt(problem: ExactProblem, theta: Float64Array, bent: boolean): SmoothPoint {
  const { loss } = problem;
  if (hasManyOutputs(loss) && bent) return new SoftmaxPoint(problem, loss, theta);
  const same = hasOneGram(problem);
  const known = same ? gramsOfSquares.get(problem.design) : undefined;
  const swept = problem.design.sweep?.({
    loss,
    theta,
    labels: problem.labels,
    positiveWeight: problem.positiveWeight,
    width: 0,
    gram: bent && known === undefined,
  });
  if (same && swept?.gram !== undefined) keep(problem.design, swept.gram.slice());
  const n = problem.design.rowCount;
  const make = (): SmoothPoint =>
    hasManyOutputs(loss) ? new SoftmaxPoint(problem, loss, theta) : new ScalarPoint(problem, theta);
  if (swept === undefined) return make();
  const point = once(make);
  return {
    theta,
    value: swept.value / n + smoothPenalty(problem, theta),
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
const hasOneGram = ({ loss, positiveWeight }: ExactProblem): boolean =>
  lossOf(loss).hasConstantCurvature && positiveWeight === 1;
const gramsOfSquares = new WeakMap<Design, Float64Array>();
/** Values of a gram that is kept: 16 MiB. */
const keptGramMax = 2 ** 21;

function keep(design: Design, gram: Float64Array): void {
  if (gram.length <= keptGramMax) gramsOfSquares.set(design, gram);
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
  assert(exact !== undefined, 'a smooth loss');
  const out = makeDerivatives();
  let positives = 0;
  // All rows of a class have the same loss.
  if (link === 'logit') {
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

function once<T>(make: () => T): () => T {
  let value: T | undefined;
  return () => {
    value ??= make();
    return value;
  };
}

class ScalarPoint implements SmoothPoint {
  readonly theta: Float64Array;
  readonly #problem: ExactProblem;
  #scores: Float64Array | undefined;
  #value = Number.NaN;
  #slopes = new Float64Array();
  #curvatures = new Float64Array();
  #gradient: Float64Array | undefined;
  #hessian: Float64Array | undefined;

  constructor(problem: ExactProblem, theta: Float64Array) {
    this.theta = theta;
    this.#problem = problem;
  }

  get value(): number {
    this.scores();
    return this.#value;
  }

  scores(): Float64Array {
    if (this.#scores !== undefined) return this.#scores;
    const { design, labels, loss, positiveWeight } = this.#problem;
    const n = design.rowCount;
    const f = new Float64Array(n);
    design.scores(this.theta, 1, f);
    this.#slopes = new Float64Array(n);
    this.#curvatures = new Float64Array(n);
    const { exact } = lossOf(loss);
    assert(exact !== undefined, 'a smooth loss');
    const out = makeDerivatives();
    let total = 0;
    for (let row = 0; row < n; row += 1) {
      const y = labels[row];
      const weight = y === 1 ? positiveWeight : 1;
      exact(f[row], y, out);
      total += weight * out.value;
      this.#slopes[row] = weight * out.slope;
      this.#curvatures[row] = weight * out.curvature;
    }
    this.#value = total / n + smoothPenalty(this.#problem, this.theta);
    this.#scores = f;
    return f;
  }

  gradient(): Float64Array {
    if (this.#gradient !== undefined) return this.#gradient;
    this.scores();
    const g = new Float64Array(sizeOf(this.#problem));
    this.#problem.design.gradient(this.#slopes, 1, g);
    this.#gradient = finishGradient(this.#problem, this.theta, g);
    return g;
  }

  hessian(): Float64Array {
    if (this.#hessian !== undefined) return this.#hessian;
    this.scores();
    const size = sizeOf(this.#problem);
    const { design } = this.#problem;
    const same = hasOneGram(this.#problem);
    let h = same ? gramsOfSquares.get(design)?.slice() : undefined;
    if (h === undefined) {
      h = new Float64Array(size * size);
      design.gram(this.#curvatures, h);
      if (same) keep(design, h.slice());
    }
    this.#hessian = finishHessian(this.#problem, h);
    return h;
  }

  times(vector: Float64Array): Float64Array {
    this.scores();
    const { design } = this.#problem;
    const f = new Float64Array(design.rowCount);
    design.scores(vector, 1, f);
    for (let row = 0; row < f.length; row += 1) f[row] *= this.#curvatures[row];
    const product = new Float64Array(vector.length);
    design.gradient(f, 1, product);
    return finishGradient(this.#problem, vector, product);
  }

  diagonal(): Float64Array {
    this.scores();
    return diagonalOf(this.#problem, this.#curvatures);
  }
}
