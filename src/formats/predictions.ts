/** A model's answers in the forms of the inference API: JSON, JSON Lines, RecordIO-protobuf and CSV. */
import { pythonFloat } from './json/python-json.ts';
import { fillTemplate, recordTemplate } from './record-io/record-template.ts';
import type { Numbers } from './table.ts';

export interface Predictions {
  rowCount: number;
  /** 1, or the number of classes. */
  scoreCount: number;
  /** rowCount * scoreCount values, row by row: single precision of models that score in it. */
  scores: Numbers;
  /** rowCount values; none for a regressor. */
  labels: Int32Array | undefined;
}

/** `{"predictions": [{"score": 0.98, "predicted_label": 1}]}`, spaced as Python prints it. */
export function renderJson({ rowCount, scoreCount, scores, labels }: Predictions): string {
  let text = '{"predictions": [';
  for (let row = 0; row < rowCount; row++) {
    text += row === 0 ? '{"score": ' : ', {"score": ';
    text += scoreCount === 1 ? pythonFloat(scores[row]!) : scoreList(scores, row, scoreCount, ', ');
    text += labels === undefined ? '}' : `, "predicted_label": ${labels[row]}}`;
  }
  return `${text}]}`;
}

/** `{"predicted_label":1,"score":0.98}`, a line feed behind every line. */
export function renderJsonLines({ rowCount, scoreCount, scores, labels }: Predictions): string {
  let text = '';
  for (let row = 0; row < rowCount; row++) {
    text += labels === undefined ? '{"score":' : `{"predicted_label":${labels[row]},"score":`;
    text += scoreCount === 1 ? pythonFloat(scores[row]!) : scoreList(scores, row, scoreCount, ',');
    text += '}\n';
  }
  return text;
}

/** Our own form, since Amazon's has no CSV: `score`, or `predicted_label,score`, or `predicted_label,score,score,...` by class. */
export function renderCsv({ rowCount, scoreCount, scores, labels }: Predictions): string {
  let text = '';
  for (let row = 0; row < rowCount; row++) {
    if (labels !== undefined) text += `${labels[row]},`;
    for (let k = 0; k < scoreCount; k++) text += (k === 0 ? '' : ',') + pythonFloat(scores[row * scoreCount + k]!);
    text += '\n';
  }
  return text;
}

/**
 * One record a row; label tensors `predicted_label` and `score`, both float32, for which clients look. `inDoubles` adds
 * `score_float64`, for clients that sent doubles.
 */
export function encodePredictions(predictions: Predictions, { inDoubles = false } = {}): Uint8Array {
  const { rowCount, scoreCount, scores, labels } = predictions;
  const template = recordTemplate('label', {
    ...(labels && { predicted_label: { kind: 'float32', length: 1 } }),
    score: { kind: 'float32', length: scoreCount },
    ...(inDoubles && { score_float64: { kind: 'float64', length: scoreCount } }),
  });
  const scoreTensor = labels === undefined ? 0 : 1;
  return fillTemplate(template, rowCount, (view, offset, row) => {
    if (labels !== undefined) view.setFloat32(offset(0), labels[row]!, true);
    for (let k = 0; k < scoreCount; k++) {
      const score = scores[row * scoreCount + k]!;
      view.setFloat32(offset(scoreTensor) + 4 * k, score, true);
      if (inDoubles) view.setFloat64(offset(scoreTensor + 1) + 8 * k, score, true);
    }
  });
}

function scoreList(scores: Numbers, row: number, scoreCount: number, separator: string): string {
  let text = '[';
  for (let k = 0; k < scoreCount; k++) text += (k === 0 ? '' : separator) + pythonFloat(scores[row * scoreCount + k]!);
  return `${text}]`;
}
