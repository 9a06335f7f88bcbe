// Multinomial logistic regression: D. Böhning, Ann. Inst. Stat. Math. 44 (1992) 197.
import { type ManyOutputs, portableMath } from '../../../kernels/index.ts';
import { type ExactProblem, sizeOf } from '../problem.ts';
import { diagonalOf, finishGradient, finishHessian, type SmoothPoint, smoothPenalty } from './smooth-point.ts';

/** Cross entropy of softmax at one point; its hessian has K (K + 1) / 2 blocks of one gram each. */
export class SoftmaxPoint implements SmoothPoint {
  readonly theta: Float64Array;
  readonly value: number;
  readonly #problem: ExactProblem;
  readonly #K: number;
  readonly #classWeight: Float64Array;
  readonly #scores: Float64Array;
  /** Rows x classes. */
  readonly #probability: Float64Array;
  #gradient: Float64Array | undefined;
  #hessian: Float64Array | undefined;

  constructor(problem: ExactProblem, shape: ManyOutputs, theta: Float64Array) {
    const { design, labels } = problem;
    const K = shape.outputs;
    const n = design.rowCount;
    this.theta = theta;
    this.#problem = problem;
    this.#K = K;
    this.#classWeight = shape.classWeight;
    this.#scores = new Float64Array(n * K);
    this.#probability = new Float64Array(n * K);
    design.scores(theta, K, this.#scores);
    let total = 0;
    for (let row = 0; row < n; row += 1) {
      total += shape.classWeight[labels[row]] * softmaxOf(this.#scores, row * K, K, labels[row], this.#probability);
    }
    this.value = total / n + smoothPenalty(problem, theta);
  }

  scores(): Float64Array {
    return this.#scores;
  }

  gradient(): Float64Array {
    if (this.#gradient !== undefined) return this.#gradient;
    const { design, labels } = this.#problem;
    const K = this.#K;
    const delta = new Float64Array(this.#probability.length);
    for (let row = 0; row < design.rowCount; row += 1) {
      const weight = this.#classWeight[labels[row]];
      for (let k = 0; k < K; k += 1) delta[row * K + k] = weight * this.#probability[row * K + k];
      // The label's own slope p - 1 is minus the sum of the others, exact also where p is nearly 1.
      let others = 0;
      for (let k = 0; k < K; k += 1) if (k !== labels[row]) others += delta[row * K + k];
      delta[row * K + labels[row]] = -others;
    }
    const g = new Float64Array(sizeOf(this.#problem));
    design.gradient(delta, K, g);
    this.#gradient = finishGradient(this.#problem, this.theta, g);
    return g;
  }

  /** The gram of class k's own block of the hessian. */
  block(k: number): Float64Array {
    const inner = this.#problem.design.featureCount + 1;
    const block = new Float64Array(inner * inner);
    this.#gram(k, k, new Float64Array(this.#problem.design.rowCount), block);
    return block;
  }

  #gram(k: number, l: number, c: Float64Array, block: Float64Array): void {
    const { design, labels } = this.#problem;
    const K = this.#K;
    for (let row = 0; row < design.rowCount; row += 1) {
      const p = this.#probability[row * K + k];
      const other = k === l ? p - 1 : this.#probability[row * K + l];
      c[row] = -this.#classWeight[labels[row]] * p * other;
    }
    design.gram(c, block);
  }

  /** Where no weight tells rows apart, all blocks are shares of it. */
  #weightedGram(c: Float64Array, block: Float64Array): void {
    const { design, labels } = this.#problem;
    for (let row = 0; row < design.rowCount; row += 1) c[row] = this.#classWeight[labels[row]];
    design.gram(c, block);
  }

  hessian(): Float64Array {
    if (this.#hessian !== undefined) return this.#hessian;
    const { design } = this.#problem;
    const K = this.#K;
    const n = design.rowCount;
    const inner = design.featureCount + 1;
    const size = inner * K;
    const h = new Float64Array(size * size);
    const c = new Float64Array(n);
    const block = new Float64Array(inner * inner);
    const areAlike = this.theta.subarray(0, size - K).every((value) => value === 0);
    if (areAlike) this.#weightedGram(c, block);
    const gramOfAll = areAlike ? block.slice() : undefined;
    for (let k = 0; k < K; k += 1) {
      for (let l = 0; l <= k; l += 1) {
        if (gramOfAll === undefined) this.#gram(k, l, c, block);
        else {
          const share = this.#probability[k] * (Number(k === l) - this.#probability[l]);
          for (let at = 0; at < block.length; at += 1) block[at] = share * gramOfAll[at];
        }
        for (let i = 0; i < inner; i += 1) {
          for (let j = 0; j < inner; j += 1) {
            const value = j <= i ? block[i * inner + j] : block[j * inner + i];
            if (j * K + l <= i * K + k) h[(i * K + k) * size + j * K + l] = value;
            if (j * K + k <= i * K + l) h[(i * K + l) * size + j * K + k] = value;
          }
        }
      }
    }
    finishHessian(this.#problem, h);
    this.#fasten(h, size);
    this.#hessian = h;
    return h;
  }

  times(vector: Float64Array): Float64Array {
    const { design, labels } = this.#problem;
    const K = this.#K;
    const f = new Float64Array(this.#probability.length);
    design.scores(vector, K, f);
    for (let row = 0, from = 0; row < design.rowCount; row += 1, from += K) {
      const weight = this.#classWeight[labels[row]];
      let mean = 0;
      for (let k = 0; k < K; k += 1) mean += this.#probability[from + k] * f[from + k];
      for (let k = 0; k < K; k += 1) f[from + k] = weight * this.#probability[from + k] * (f[from + k] - mean);
    }
    const product = new Float64Array(vector.length);
    design.gradient(f, K, product);
    return finishGradient(this.#problem, vector, product);
  }

  diagonal(): Float64Array {
    const { design, labels } = this.#problem;
    const K = this.#K;
    const c = this.#probability.map((p) => p * (1 - p));
    for (let row = 0; row < design.rowCount; row += 1)
      for (let k = 0; k < K; k += 1) c[row * K + k] *= this.#classWeight[labels[row]];
    return diagonalOf(this.#problem, c);
  }

  /**
   * Scores of all classes may rise together and nothing changes; where no penalty forbids it, curvature is added in that
   * direction, so that noise does not drive steps along it.
   */
  #fasten(h: Float64Array, size: number): void {
    const K = this.#K;
    const { wd, l1, biasWd, useBias, design } = this.#problem;
    for (let j = 0; j <= design.featureCount; j += 1) {
      if ((j < design.featureCount ? wd + l1 : biasWd) > 0 || (j === design.featureCount && !useBias)) continue;
      let trace = 0;
      for (let k = 0; k < K; k += 1) trace += h[(j * K + k) * size + j * K + k];
      for (let k = 0; k < K; k += 1) for (let l = 0; l <= k; l += 1) h[(j * K + k) * size + j * K + l] += trace / K / K;
    }
  }
}

/** Writes probabilities of one row and returns -log of its label's, without overflow. */
function softmaxOf(scores: Float64Array, from: number, K: number, label: number, probability: Float64Array): number {
  let highest = -Infinity;
  for (let k = 0; k < K; k += 1) highest = Math.max(highest, scores[from + k]);
  let sum = 0;
  for (let k = 0; k < K; k += 1) {
    const share = portableMath.exp(scores[from + k] - highest);
    probability[from + k] = share;
    sum += share;
  }
  for (let k = 0; k < K; k += 1) probability[from + k] /= sum;
  const ahead = highest - scores[from + label];
  // Where the label leads, log1p keeps the digits of a small loss.
  return ahead === 0 ? portableMath.log1p(sum - 1) : ahead + portableMath.log(sum);
}
