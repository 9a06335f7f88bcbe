/** Is it any good, compared with what, and what should be known before believing it. */
import type { Metric, Report } from '../../numbers/document.ts';
import { section, table } from '../chart.ts';
import { html, type Markup } from '../markup.ts';
import { className } from '../names.ts';

import { measured, number, percent } from '../words.ts';

const shares = ['accuracy', 'recall', 'precision', 'specificity', 'mean recall of the classes'];
const meanings: Readonly<Record<string, string>> = {
  recall: 'recall (positives found)',
  precision: 'precision (positive calls that are right)',
  specificity: 'specificity (negatives called so)',
};

export function comparison(report: Report): Markup {
  const write = ({ name }: Metric): ((value: number) => string) => (shares.includes(name) ? percent : number);
  const best = better(report);
  return section(
    'comparison',
    'Compared with what?',
    best,
    table(
      {
        head: ['measure', 'model [95 % interval]', 'without any column', 'better is'],
        rows: report.metrics.map((metric) => [
          meanings[metric.name] ?? metric.name,
          measured(metric, write(metric)),
          metric.baseline === null ? '–' : write(metric)(metric.baseline),
          metric.better,
        ]),
      },
      'Metrics of the model and of the baseline',
    ),
    html`<p class="note">${report.task === 'binary' && `Positive means ${className(report, 1)}. `}Without any column: a model that knows only the training labels. Intervals hold for new rows that come from where these came from.</p>`,
    stability(report),
  );
}

function better(report: Report): string {
  const metric = report.metrics.find(
    ({ name, baseline, low }) =>
      baseline !== null && low !== null && (name === 'accuracy' || name === 'mean absolute error'),
  );
  if (metric === undefined) return 'The baseline knows the training labels and no column.';
  const { value, low, high, baseline, better: way, name } = metric;
  const base = baseline ?? 0;
  const isClear = way === 'higher' ? (low ?? value) > base : (high ?? value) < base;
  const isWorse = way === 'higher' ? value < base : value > base;
  if (isClear)
    return `The model is clearly better than no model: the whole interval of its ${name} is ${way === 'higher' ? 'above' : 'below'} the baseline.`;
  if (isWorse) return `By its ${name} the model is worse than no model at all.`;
  return `By its ${name} alone the model cannot be told from no model: the baseline is within the interval.`;
}

/** How much the metrics move when the rows are drawn again. */
function stability({ binary, multiclass, regression }: Report): Markup | null {
  const all = (binary ?? multiclass ?? regression)?.stability ?? [];
  if (all.length === 0) return null;
  return html`<details><summary>Stability: the same over ${all[0].resamples} resamples of these rows</summary>${table(
    {
      head: ['measure', 'median', '2.5 %', '97.5 %'],
      rows: all.map(({ name, median, low, high }) => [name, number(median), number(low ?? 0), number(high ?? 0)]),
    },
    'Metrics over resamples',
  )}</details>`;
}

/** What to know before believing a figure, the gravest first. */
export function warnings(report: Report): Markup {
  const { heldOut, rowsShown } = report;
  const notes = [
    ...(heldOut.from === 'training'
      ? [
          'No rows were held out: all figures below are of rows that the model was trained on, and better than it will do on new ones. Give a validation or test channel.',
        ]
      : []),
    ...(rowsShown
      ? ['This report shows cells of single rows, rare categories and extremes: treat it like the data.']
      : []),
    ...report.warnings.map(({ text }) => text),
  ];
  return html`${notes.map((text) => html`<p class="warning"><strong>Note.</strong> ${text}${/[.!?]$/.test(text) ? '' : '.'}</p>`)}`;
}
