/**
 * Scores rows with a linear model. Two precisions:
 *
 * - `float32`: every product, sum and function rounded to float32. This is what the original does, and its
 *   published scores come out bit for bit.
 * - `float64`: rows, sums and scores in doubles. More exact; needs float64 weights to make sense. Rows of a model that was
 *   trained on single precision are rounded to it first, so that they are scored as they were learned.
 */
import { assert, DataError } from '../../../base/index.ts';
import {
  ColumnHasher,
  expandBlock,
  type Numbers,
  type Predictions,
  type RowBlock,
  type SparseBlock,
  sparsifyBlock,
} from '../../../formats/index.ts';
import { lossFacts, sigmoid } from '../../../kernels/index.ts';
import { withoutExpansion } from '../expansion/expanded-model.ts';
import { makeExpander } from '../expansion/expander.ts';
import type { Expansion } from '../expansion/expansion.ts';
import type { LinearModel } from '../model.ts';
import { softmaxFloat32, softmaxFloat64 } from './predict-softmax.ts';
import { scoreSparse } from './predict-sparse.ts';

export type Precision = 'float32' | 'float64';

const { fround, exp } = Math;

/**
 * Scores and, for classifiers, labels of all rows. Logistic and softmax scores are probabilities, all others the
 * raw sum. A binary label is 1 when score >= threshold; a multiclass label is the first class of the highest score.
 * Rows for a model of hashed columns may be of any width. Throws DataError when others are not as wide as the model.
 */
export function predict(model: LinearModel, precision: Precision, rows: RowBlock | SparseBlock): Predictions {
  if (model.hashBits === undefined && rows.rowCount > 0 && rows.featureCount !== model.featureCount) {
    throw new DataError(`The rows have ${rows.featureCount} features, but the model has ${model.featureCount}`);
  }
  const scoreCount = model.outputCount;
  const size = rows.rowCount * scoreCount;
  const scores = precision === 'float32' ? new Float32Array(size) : new Float64Array(size);
  let row = 0;
  for (const block of asScored(model, rows)) {
    score(model, precision, block, scores.subarray(row * scoreCount));
    row += block.rowCount;
  }
  const { range } = model;
  if (range !== undefined) {
    for (let at = 0; at < scores.length; at++) scores[at] = Math.min(range.high, Math.max(range.low, scores[at]!));
  }
  return { rowCount: rows.rowCount, scoreCount, scores, labels: labelsOf(model, rows.rowCount, scores) };
}

/** The rows in the form that the weights are for. */
function asScored({ hashBits, expansion }: LinearModel, rows: RowBlock | SparseBlock) {
  const sparse = 'rowStart' in rows;
  if (hashBits !== undefined) return [new ColumnHasher(hashBits).hash(sparse ? rows : sparsifyBlock(rows))];
  return sparse && expansion !== undefined ? expandBlock(rows, 'The request') : [rows];
}

function score(model: LinearModel, precision: Precision, given: RowBlock | SparseBlock, scores: Numbers): void {
  const linear = withoutExpansion(model);
  const rows = precision === 'float32' || model.singleRows ? inSingles(given) : given;
  assert(model.weights.length === linear.featureCount * model.outputCount, 'a weight for each feature and output');
  if ('rowStart' in rows) scoreSparse(model, rows, scores);
  else if (model.expansion !== undefined) scoreExpanded(linear, model.expansion, rows, scores);
  else if (scores instanceof Float32Array) sumFloat32(model, rows, scores);
  else sumFloat64(model, rows, scores);
}

function inSingles<Rows extends RowBlock | SparseBlock>(rows: Rows): Rows {
  if ('rowStart' in rows || rows.features instanceof Float32Array) return rows;
  return { ...rows, features: new Float32Array(rows.features) };
}

/** Row by row, so that only one expanded row is in memory. Terms and sums are in double precision. */
function scoreExpanded(linear: LinearModel, expansion: Expansion, rows: RowBlock, scores: Numbers): void {
  const { expandedCount, expand } = makeExpander(expansion);
  const features = new Float64Array(expandedCount);
  for (let row = 0; row < rows.rowCount; row++) {
    expand(rows, row, 1, features);
    const at = row * linear.outputCount;
    sumFloat64(linear, { rowCount: 1, featureCount: expandedCount, features }, scores.subarray(at));
  }
}

function sumFloat32({ weights, bias, outputCount, loss }: LinearModel, rows: RowBlock, scores: Float32Array): void {
  const { link } = lossFacts(loss);
  const { rowCount, featureCount, features } = rows;
  for (let row = 0; row < rowCount; row++) {
    for (let k = 0; k < outputCount; k++) {
      const dot = dotFloat32(features, row * featureCount, featureCount, weights, k, outputCount);
      const sum = fround(dot + fround(bias[k]!));
      scores[row * outputCount + k] = link === 'logit' ? fround(1 / fround(1 + fround(exp(-sum)))) : sum;
    }
    if (link === 'multinomial') softmaxFloat32(scores, row * outputCount, outputCount);
  }
}

/**
 * The original's matrix product adds up in vector registers, and the order shows in the last bit. Of the three scores
 * of a real endpoint that are public for a published model, four partial sums (feature j in sum j mod 4), each product
 * and sum rounded, give all three exactly; one running sum gives two, the third differs by 2e-8.
 */
function dotFloat32(
  features: Numbers,
  base: number,
  count: number,
  weights: Float64Array,
  first: number,
  stride: number,
): number {
  const sums = [0, 0, 0, 0];
  for (let j = 0, at = first; j < count; j++, at += stride) {
    sums[j & 3] = fround(sums[j & 3]! + fround(features[base + j]! * fround(weights[at]!)));
  }
  return fround(fround(sums[0]! + sums[1]!) + fround(sums[2]! + sums[3]!));
}

/** Rows in either precision. */
interface Rows {
  rowCount: number;
  featureCount: number;
  features: Numbers;
}

function sumFloat64({ weights, bias, outputCount, loss }: LinearModel, rows: Rows, scores: Numbers): void {
  const { link } = lossFacts(loss);
  const { rowCount, featureCount, features } = rows;
  const sums = new Float64Array(outputCount);
  for (let row = 0; row < rowCount; row++) {
    const base = row * featureCount;
    if (outputCount === 1) {
      let sum = bias[0]!;
      for (let j = 0; j < featureCount; j++) sum += features[base + j]! * weights[j]!;
      scores[row] = link === 'logit' ? sigmoid(sum) : sum;
      continue;
    }
    sums.set(bias);
    for (let j = 0; j < featureCount; j++) {
      const feature = features[base + j]!;
      if (feature === 0) continue;
      for (let k = 0; k < outputCount; k++) sums[k]! += feature * weights[j * outputCount + k]!;
    }
    if (link === 'multinomial') softmaxFloat64(sums);
    scores.set(sums, row * outputCount);
  }
}

function labelsOf(model: LinearModel, rowCount: number, scores: Numbers): Int32Array | undefined {
  if (model.predictorType === 'regressor') return undefined;
  const labels = new Int32Array(rowCount);
  const count = model.outputCount;
  for (let row = 0; row < rowCount; row++) {
    if (model.predictorType === 'binary_classifier') labels[row] = scores[row]! >= model.threshold ? 1 : 0;
    else {
      let best = 0;
      for (let k = 1; k < count; k++) if (scores[row * count + k]! > scores[row * count + best]!) best = k;
      labels[row] = best;
    }
  }
  return labels;
}
