/** What drives it, and where it fails and for whom. */
import type { Driver, Report } from '../../numbers/document.ts';
import { figure, figures, section, table } from '../chart.ts';
import { dependenceFigure, subgroupFigure, subgroupTable } from '../charts/columns.ts';
import { html, type Markup } from '../markup.ts';
import { className, isLogistic, labelName } from '../names.ts';
import { counted, listed, measured, number, percent } from '../words.ts';

/** Terms that are listed at once; the rest is folded away. */
const listedMax = 10;

export function drivers(report: Report): Markup {
  const all = report.drivers.filter(({ share }) => share > 0);
  const first = all.slice(0, 3).map(({ name }) => name);
  const together = all.slice(0, 3).reduce((sum, { share }) => sum + share, 0);
  const answer =
    all.length === 0
      ? 'No column moves it: it always says the same.'
      : `${listed(first)}: ${percent(together)} of all that moves it.`;
  const dependences = all.filter(({ dependence }) => dependence.length > 1);
  const hasEstimates = all.some(({ linear }) => linear?.estimate != null);
  const show = (some: readonly Driver[]): Markup =>
    all.some(({ linear }) => linear !== null) ? linearTable(report, some, hasEstimates) : treeTable(some);
  const left =
    report.columnsLeftOut > 0
      ? html`<p class="note">${counted(report.columnsLeftOut, 'column')} that matter less are left out.</p>`
      : null;
  return section(
    'drivers',
    'What drives it?',
    answer,
    show(all.slice(0, listedMax)),
    all.length > listedMax &&
      html`<details><summary>${counted(all.length - listedMax, 'more column')}</summary>${show(all.slice(listedMax))}</details>`,
    hasEstimates &&
      html`<p class="note">The model has a penalty, which makes coefficients smaller and steadier. Intervals and p are of the same model fitted without one.</p>`,
    left,
    dependences.length > 0 &&
      figures(...dependences.map((driver) => figure(dependenceFigure(driver, answerName(report))))),
    html`<p class="note">What drives the model need not drive the world: it may stand for something else.</p>`,
  );
}

const answerName = (report: Report): string =>
  report.task === 'binary' ? `probability of ${className(report, 1)}` : `prediction of ${labelName(report)}`;

function linearTable(report: Report, all: readonly Driver[], hasEstimates: boolean): Markup {
  return table(
    {
      head: [
        'column',
        'share',
        'in words',
        'per unit',
        'per standard deviation',
        ...(hasEstimates ? ['without a penalty [95 %]', 'p'] : []),
      ],
      rows: all.map(({ name, share, linear }) => [
        name,
        percent(share),
        html`<span class="words">${sentence(report, linear)}</span>`,
        linear === null ? '' : linear.weights.map(number).join(' / '),
        linear === null ? '' : linear.standardised.map(number).join(' / '),
        ...(hasEstimates ? estimateCells(linear) : []),
      ]),
    },
    'Coefficients',
  );
}

function estimateCells(linear: Driver['linear']): string[] {
  if (linear?.estimate == null) return ['–', '–'];
  const { pValue } = linear.estimate;
  return [measured(linear.estimate), pValue < 0.001 ? 'below 0.001' : number(pValue)];
}

/** One coefficient as a sentence. */
function sentence(report: Report, linear: Driver['linear']): string {
  if (linear === null) return '';
  const { standardised, deviation } = linear;
  if (standardised.length > 1) {
    const top = standardised.indexOf(Math.max(...standardised));
    const low = standardised.indexOf(Math.min(...standardised));
    return `${number(deviation)} more speaks most for ${className(report, top)} and against ${className(report, low)}`;
  }
  const [effect] = standardised;
  const more = `One standard deviation (${number(deviation)}) more`;
  if (isLogistic(report))
    return `${more} multiplies the odds of ${className(report, 1)} by ${number(Math.exp(effect))}, all else equal`;
  const what = report.task === 'regression' ? labelName(report) : 'the score';
  return `${more} ${effect < 0 ? 'lowers' : 'raises'} ${what} by ${number(Math.abs(effect))}, all else equal`;
}

const treeTable = (all: readonly Driver[]): Markup =>
  table(
    {
      head: ['column', 'share of gain', 'splits', 'loss grows by, when shuffled'],
      rows: all.map(({ name, share, trees }) => [
        name,
        percent(share),
        trees === null ? '' : number(trees.splits),
        trees?.permutation == null ? '–' : number(trees.permutation),
      ]),
    },
    'Importance of columns',
  );

const drawnMax = 6;

export function subgroups(report: Report): Markup | null {
  const { subgroups: all } = report;
  if (all.length === 0) return null;
  const gap = ({ groups }: (typeof all)[number]): number => {
    const sure = groups.filter(({ small }) => !small).map(({ score }) => score.value);
    return sure.length < 2 ? 0 : Math.max(...sure) - Math.min(...sure);
  };
  const sorted = [...all].sort((a, b) => gap(b) - gap(a));
  const drawnOnes = sorted.slice(0, drawnMax);
  const answer =
    gap(sorted[0]) > 0
      ? `The largest gap between groups of at least 30 rows is by ${sorted[0].name}. Groups that nobody planned differ by chance too.`
      : 'No two groups of at least 30 rows differ; smaller ones say little.';
  return section(
    'subgroups',
    'For whom does it fail?',
    answer,
    figures(...drawnOnes.map((groups) => figure(subgroupFigure(groups)))),
    sorted.length > drawnMax &&
      html`<details><summary>${counted(sorted.length - drawnMax, 'more column')}</summary>${sorted.slice(drawnMax).map((groups) => html`<h3>${groups.name}</h3>${table(subgroupTable(groups), groups.name)}`)}</details>`,
  );
}

export function mistakes(report: Report): Markup | null {
  const { mistakes: all, task, heldOut, rowsShown } = report;
  if (all.length === 0) return null;
  const isNumber = task === 'regression';
  return section(
    'mistakes',
    'Its worst mistakes',
    `Look at these rows of channel ${heldOut.channel} first: a wrong label is as likely as a wrong model.`,
    table(
      {
        head: isNumber
          ? ['row', 'prediction less observed', 'moved by']
          : ['row', 'is', 'called', 'with a score of', 'moved by'],
        rows: all.map(({ row, label, called, score, because }) => [
          number(row).includes('e') ? String(row) : row.toLocaleString('en'),
          ...(isNumber ? [] : [className(report, label ?? 0), className(report, called ?? 0)]),
          number(score),
          html`<span class="words">${because.map(({ name, direction, by, value }) => (by === undefined || value === undefined ? `${name} (${direction})` : `${name} = ${number(value)} (${direction} by ${number(Math.abs(by))})`)).join(', ') || '–'}</span>`,
        ]),
      },
      'Worst mistakes',
    ),
    !rowsShown &&
      html`<p class="note">Rows are named by number and their cells are not shown. Train with report=rows, or --report-rows on the command line, to see them.</p>`,
  );
}
