/** A held-out score in sentences. */
import type { HeldOutScore, Interval } from '../../modelling/index.ts';
import type { LabelDecision } from '../../tables/index.ts';
import { count, percent, plural, three } from '../terminal/numbers.ts';

export function scoreSentences(
  score: HeldOutScore,
  label: Pick<LabelDecision, 'task' | 'classes' | 'column'>,
  baseline: string,
  which = 'that the model had never seen',
): string[] {
  const { rowCount, error, baselineError, metrics } = score;
  if (label.task === 'regression') {
    return [
      `On ${plural(rowCount, 'row')} ${which}, it is off by ${three(error.value)} on average`,
      `${interval(error, three)}. Always saying ${baseline} is off by ${three(baselineError)}.`,
      `${metrics.r2! >= 0 ? `It explains ${percent(metrics.r2!)} of the variance` : 'It explains nothing of the variance'} (R2 ${three(metrics.r2!)}; root mean squared error ${three(metrics.rmse!)}).`,
    ];
  }
  const wrong = Math.round(error.value * rowCount);
  return [
    `Of ${plural(rowCount, 'row')} ${which}, it calls ${count(wrong)} wrong:`,
    `${percent(error.value)} ${interval(error, (share) => three(100 * share))}. Always saying ${JSON.stringify(baseline)} gets ${count(Math.round(baselineError * rowCount))} wrong: ${percent(baselineError)}.`,
    ...(label.task === 'binary' ? [binarySentence(metrics, label.classes[1]!)] : []),
  ];
}

function binarySentence(metrics: Readonly<Record<string, number>>, positive: string): string {
  const name = JSON.stringify(positive);
  const found =
    metrics.recall === undefined
      ? `No row is ${name}`
      : `It finds ${percent(metrics.recall)} of the rows that are ${name}`;
  const right =
    metrics.precision === undefined ? '' : `, and is right in ${percent(metrics.precision)} of those it calls so`;
  const area = metrics.roc_auc === undefined ? '' : ` Area under the ROC curve ${three(metrics.roc_auc)}.`;
  return `${found}${right}.${area}`;
}

/** The range in brackets. */
export const interval = ({ low, high }: Interval, text: (value: number) => string): string =>
  `[${text(low)}, ${text(high)}]`;

/** The error in one cell of a table. */
export const errorText = ({ error }: HeldOutScore, { task }: Pick<LabelDecision, 'task'>): string =>
  task === 'regression'
    ? `off by ${three(error.value)} ${interval(error, three)}`
    : `${percent(error.value)} wrong ${interval(error, (share) => three(100 * share))}`;
