import type { Report } from '../numbers/document.ts';
import { className, labelName, provenance, rowsOf } from './names.ts';
import { count, number } from './words.ts';

/** The finding in one sentence, with which the page begins. */
export function verdict(report: Report): string {
  const start = `Of ${rowsOf(report)} ${provenance(report)}`;
  const { binary, multiclass, regression, metrics } = report;
  const accuracy = metrics.find(({ name }) => name === 'accuracy');
  const n = report.heldOut.rows;
  if (binary !== null && accuracy !== undefined) {
    const wrong = binary.confusion.falsePositive + binary.confusion.falseNegative;
    const { truePositive: tp, falseNegative: fn } = binary.confusion;
    const always = Math.round(n * (1 - (accuracy.baseline ?? 0)));
    const larger = always === tp + fn ? 0 : 1;
    return `${start}, the model called ${count(wrong)} wrong; always saying ${className(report, larger)} gets ${count(always)} wrong.`;
  }
  if (multiclass !== null && accuracy !== undefined) {
    const wrong = Math.round(n * (1 - accuracy.value));
    const always = Math.round(n * (1 - (accuracy.baseline ?? 0)));
    return `${start}, the model called ${count(wrong)} wrong; always naming the largest class gets ${count(always)} wrong.`;
  }
  const error = metrics.find(({ name }) => name === 'mean absolute error');
  if (regression === null || error === undefined) return `${start}, nothing could be measured.`;
  return `${start}, predictions of ${labelName(report)} are off by ${number(error.value)} on average; always saying the training median is off by ${number(error.baseline ?? Number.NaN)}.`;
}
