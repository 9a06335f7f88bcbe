/** Errors of regressions and of classifiers of several classes. */
import type { Measured, MulticlassNumbers, RegressionNumbers, Report } from '../../numbers/document.ts';
import { figure, figures, section, table } from '../chart.ts';
import { errorFigure, predictionFigure, quantilesFigure, residualsFigure } from '../charts/regression.ts';
import { html, type Markup } from '../markup.ts';
import { className, classNames, labelName } from '../names.ts';
import { count, measured, number, percent } from '../words.ts';
import { matrix } from './binary.ts';

/** Classes up to which the whole matrix is shown. */
const matrixMax = 20;

export function multiclassSections(report: Report, { confusion, perClass }: MulticlassNumbers): Markup[] {
  const seen = perClass.filter(({ rows }) => rows > 0);
  const worst = seen.reduce<(typeof seen)[number] | undefined>(
    (least, each) => (least === undefined || each.recall.value < least.recall.value ? each : least),
    undefined,
  );
  const pairs = confusion
    .flatMap((own, label) => own.map((rows, called) => ({ label, called, rows })))
    .filter(({ label, called, rows }) => label !== called && rows > 0);
  const [first] = pairs.sort((a, b) => b.rows - a.rows);
  const mixed =
    first === undefined
      ? ''
      : ` Most often ${className(report, first.label)} is called ${className(report, first.called)}: ${count(first.rows)} times.`;
  return [
    section(
      'errors',
      'Where does it err?',
      worst === undefined
        ? 'There are no rows.'
        : `It finds ${percent(worst.recall.value)} of ${className(report, worst.label)}, the class it knows least.${mixed}`,
      confusion.length <= matrixMax ? matrix(confusion, classNames(report)) : null,
      table(
        {
          head: ['class', 'rows', 'found (recall)', 'calls right (precision)', 'F1', 'ROC area against the rest'],
          rows: perClass.map((each) => [
            className(report, each.label),
            count(each.rows),
            measured(each.recall, percent),
            measured(each.precision, percent),
            measured(withEnds(each.f1, each.intervals?.f1), number),
            each.area === null ? '–' : measured(withEnds(each.area, each.intervals?.area), number),
          ]),
        },
        'Metrics of each class',
      ),
    ),
  ];
}

export function regressionSections(report: Report, numbers: RegressionNumbers): Markup[] {
  const name = labelName(report);
  const ninety = numbers.intervals.find(({ level }) => level === 0.9);
  return [
    section(
      'errors',
      'Where does it err?',
      ninety === undefined
        ? 'There are too few rows for prediction intervals.'
        : `Nine in ten predictions are within ${number(ninety.radius)} of the truth: so measured, ${measured(ninety.coverage, percent)} were.`,
      figures(
        figure(predictionFigure(numbers, name)),
        figure(errorFigure(numbers, name)),
        figure(residualsFigure(numbers)),
        numbers.quantiles.length > 0 && figure(quantilesFigure(numbers)),
      ),
      html`<h3>Prediction intervals</h3>`,
      table(
        {
          head: ['wanted to hold', 'prediction ±', 'did hold', 'of rows'],
          rows: numbers.intervals.map((each) => [
            percent(each.level),
            number(each.radius),
            measured(each.coverage, percent),
            count(each.rows),
          ]),
        },
        'Prediction intervals and their coverage',
      ),
      html`<p class="note">Made from every other held-out row, tried on the rest.</p>`,
    ),
  ];
}

const withEnds = (value: number, ends: readonly [number, number] | null | undefined): Measured => ({
  value,
  low: ends?.[0] ?? null,
  high: ends?.[1] ?? null,
});
