/** Errors, calibration and thresholds of a classifier of two classes. */
import type { BinaryNumbers, Confusion, Report } from '../../numbers/document.ts';
import { figure, figures, section, table } from '../chart.ts';
import {
  calibrationFigure,
  decisionFigure,
  gainFigure,
  histogramFigure,
  precisionFigure,
  rocFigure,
} from '../charts/binary.ts';
import { html, type Markup, ready } from '../markup.ts';
import { classNames } from '../names.ts';
import { count, measured, number, percent } from '../words.ts';

export function binarySections(report: Report, binary: BinaryNumbers): Markup[] {
  const names = classNames(report);
  return [errors(binary, names), calibration(binary, names), thresholds(binary, names)];
}

function errors(binary: BinaryNumbers, names: readonly string[]): Markup {
  const { truePositive: tp, falsePositive: fp, falseNegative: fn, trueNegative: tn } = binary.confusion;
  const [negative, positive] = names;
  return section(
    'errors',
    'Where does it err?',
    `It missed ${count(fn)} of ${count(tp + fn)} rows that are ${positive}, and called ${count(fp)} of ${count(tn + fp)} rows ${positive} that are ${negative}.`,
    matrix(
      [
        [tn, fp],
        [fn, tp],
      ],
      names,
    ),
    figures(
      figure(rocFigure(binary)),
      figure(precisionFigure(binary)),
      figure(histogramFigure(binary, names)),
      figure(gainFigure(binary)),
    ),
  );
}

/** Rows are what is, columns what was called. */
export function matrix(counts: readonly (readonly number[])[], names: readonly string[]): Markup {
  const cell = (own: number, total: number, right: boolean): Markup =>
    html`<td class="${right ? 'right' : 'wrong'}" style="--share: ${Math.round((45 * own) / Math.max(1, total))}%">${count(own)}</td>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Confusion matrix"><table class="matrix">
<caption class="muted">Rows by what they are and what they were called</caption>
<thead><tr><th scope="col">is</th>${names.map((name) => html`<th scope="col">called ${name}</th>`)}</tr></thead>
<tbody>${counts.map((own, k) => {
    const total = own.reduce((sum, each) => sum + each, 0);
    return html`<tr><th scope="row">${names[k]}</th>${own.map((each, j) => cell(each, total, j === k))}</tr>`;
  })}</tbody></table></div>`;
}

function calibration(binary: BinaryNumbers, [, positive]: readonly string[]): Markup {
  const chart = calibrationFigure(binary, positive);
  if (chart === undefined || binary.calibration === null)
    return section(
      'calibration',
      'Can its probabilities be believed?',
      'Its scores are not probabilities, so there is nothing to believe: only their order counts.',
    );
  const { slope, intercept, brier } = binary.calibration;
  const around = (measure: typeof slope, right: number): boolean =>
    measure === null || ((measure.low ?? right) <= right && (measure.high ?? right) >= right);
  const answer =
    slope === null
      ? 'The scores separate the classes, so that calibration cannot be measured on these rows.'
      : around(slope, 1) && around(intercept, 0)
        ? 'Nothing speaks against them: slope and intercept are within their intervals of being calibrated.'
        : around(slope, 1)
          ? `Their level is off: on average they are too ${(intercept?.value ?? 0) > 0 ? 'low' : 'high'}.`
          : slope.value < 1
            ? 'They are too sure: high ones are too high and low ones too low.'
            : 'They are too cautious: high ones are too low and low ones too high.';
  const decision = decisionFigure(binary);
  return section(
    'calibration',
    'Can its probabilities be believed?',
    answer,
    html`<p class="muted">Brier score ${number(brier)}; lower is better.</p>`,
    figures(figure(chart), decision === undefined ? null : figure(decision)),
  );
}

function thresholds({ wanted, confusion, cuts }: BinaryNumbers, [, positive]: readonly string[]): Markup {
  const held = { recall: 'positives found', precision: 'calls right', specificity: 'negatives called so' };
  return section(
    'thresholds',
    'Which threshold?',
    `Positive means ${positive}. The model calls a row positive from a score of ${number(confusion.threshold)} on. Another threshold trades one error for the other.`,
    slider(cuts, confusion),
    html`<h3>What can be had</h3>`,
    table(
      {
        head: ['wanted at least', 'threshold', 'positives found', 'calls right', 'negatives called so'],
        rows: wanted.map((each) => [
          `${percent(each.wanted)} ${held[each.held]}`,
          number(each.threshold),
          measured(each.recall, percent),
          measured(each.precision, percent),
          measured(each.specificity, percent),
        ]),
      },
      'Thresholds that hold a share',
    ),
    html`<p class="note">Intervals are Wilson’s at 95 %. They do not count that the threshold was chosen on these same rows.</p>`,
  );
}

function slider(cuts: readonly Confusion[], confusion: Confusion): Markup {
  const nearest = cuts.reduce(
    (best, cut, at) =>
      Math.abs(cut.threshold - confusion.threshold) < Math.abs(cuts[best].threshold - confusion.threshold) ? at : best,
    0,
  );
  const numbers = cuts.map((cut) => [
    Number(cut.threshold.toPrecision(6)),
    cut.truePositive,
    cut.falsePositive,
    cut.falseNegative,
    cut.trueNegative,
  ]);
  const cell = (name: string): Markup => html`<span data-cell="${name}"></span>`;
  return html`<div class="slider" id="threshold" hidden>
<label for="cut">Threshold: <output for="cut" data-cell="threshold"></output></label>
<input id="cut" type="range" min="0" max="${cuts.length - 1}" value="${nearest}">
${table(
  {
    head: ['rows', 'called positive', 'called negative'],
    rows: [
      ['is positive', cell('tp'), cell('fn')],
      ['is negative', cell('fp'), cell('tn')],
    ],
  },
  'Counts at the chosen threshold',
)}
<p>Positives found ${cell('recall')}, calls right ${cell('precision')}, negatives called so ${cell('specificity')}, accuracy ${cell('accuracy')}.</p>
</div><script type="application/json" id="cuts">${ready(JSON.stringify(numbers))}</script>`;
}
