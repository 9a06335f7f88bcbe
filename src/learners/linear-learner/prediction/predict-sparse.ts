import type { Numbers, SparseBlock } from '../../../formats/index.ts';
import { lossFacts, sigmoid } from '../../../kernels/index.ts';
import type { LinearModel } from '../model.ts';
import { softmaxFloat32, softmaxFloat64 } from './predict-softmax.ts';

const { exp, fround } = Math;

/** Scores of sparse rows, to the bit those of the same rows with their zeros: sums run over the columns in the same order. */
export function scoreSparse(model: LinearModel, rows: SparseBlock, scores: Numbers): void {
  if (scores instanceof Float32Array) sumFloat32(model, rows, scores);
  else sumFloat64(model, rows, scores);
}

function sumFloat64({ weights, bias, outputCount, loss }: LinearModel, rows: SparseBlock, scores: Float64Array): void {
  const { link } = lossFacts(loss);
  const { rowCount, rowStart, columns, values } = rows;
  const sums = new Float64Array(outputCount);
  for (let row = 0; row < rowCount; row++) {
    const end = rowStart[row + 1]!;
    if (outputCount === 1) {
      let sum = bias[0]!;
      for (let at = rowStart[row]!; at < end; at++) sum += values[at]! * weights[columns[at]!]!;
      scores[row] = link === 'logit' ? sigmoid(sum) : sum;
      continue;
    }
    sums.set(bias);
    for (let at = rowStart[row]!; at < end; at++) {
      const base = columns[at]! * outputCount;
      for (let k = 0; k < outputCount; k++) sums[k]! += values[at]! * weights[base + k]!;
    }
    if (link === 'multinomial') softmaxFloat64(sums);
    scores.set(sums, row * outputCount);
  }
}

/** In four partial sums, as predict.ts says of dense rows. */
function sumFloat32({ weights, bias, outputCount, loss }: LinearModel, rows: SparseBlock, scores: Float32Array): void {
  const { link } = lossFacts(loss);
  const { rowCount, rowStart, columns, values } = rows;
  const sums = new Float32Array(4);
  for (let row = 0; row < rowCount; row++) {
    for (let k = 0; k < outputCount; k++) {
      sums.fill(0);
      for (let at = rowStart[row]!; at < rowStart[row + 1]!; at++) {
        const j = columns[at]!;
        sums[j & 3]! += fround(values[at]! * fround(weights[j * outputCount + k]!));
      }
      const dot = fround(fround(sums[0]! + sums[1]!) + fround(sums[2]! + sums[3]!));
      const sum = fround(dot + fround(bias[k]!));
      scores[row * outputCount + k] = link === 'logit' ? fround(1 / fround(1 + fround(exp(-sum)))) : sum;
    }
    if (link === 'multinomial') softmaxFloat32(scores, row * outputCount, outputCount);
  }
}
