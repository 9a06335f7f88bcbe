/** What it was made from, and how it was chosen. */
import type { Report } from '../../numbers/document.ts';
import { figure, figures, section, table } from '../chart.ts';
import { columnFigure, curvesFigure } from '../charts/columns.ts';
import { html, type Markup } from '../markup.ts';
import { className, classNames } from '../names.ts';
import { count, counted, number } from '../words.ts';

/** Columns that are drawn at once; the rest is folded away. */
const drawnMax = 6;

export function data(report: Report): Markup {
  const { channels, columns, decisions, model, task } = report;
  const charts = columns.map((column) => columnFigure(column, classNames(report))).filter((each) => each !== undefined);
  const constant = columns.filter(({ kind }) => kind === 'constant');
  const total = channels.map(({ name, rows }) => `${count(rows)} in ${name}`);
  return section(
    'data',
    'What was it made from?',
    `${counted(model.featureCount, 'column')}; rows: ${total.join(', ')}.`,
    task !== 'regression' && classTable(report),
    decisions.length > 0 &&
      html`<h3>What was decided about the columns</h3>${table({ head: ['column', 'decision', 'why'], rows: decisions.map(({ column, decision, why }) => [column, html`<span class="words">${decision}</span>`, html`<span class="words">${why}</span>`]) }, 'Decisions')}`,
    html`<h3>Columns, the ones that matter most first</h3>`,
    task === 'binary' &&
      html`<p class="note">${classNames(report).map((name, k) => html`<span class="key" style="background: var(--${k === 0 ? 'first' : 'second'})"></span> ${name} `)}; bars of each class add up to 100 %.</p>`,
    figures(...charts.slice(0, drawnMax).map((chart) => figure(chart))),
    charts.length > drawnMax &&
      html`<details><summary>${counted(charts.length - drawnMax, 'more column')}</summary>${figures(...charts.slice(drawnMax).map((chart) => figure(chart)))}</details>`,
    constant.length > 0 &&
      html`<p class="note">Constant, and of no use: ${constant.map(({ name }) => name).join(', ')}.</p>`,
  );
}

function classTable(report: Report): Markup {
  return table(
    {
      head: ['class', ...report.channels.map(({ name }) => name)],
      rows: report.classes.map((_, k) => [
        className(report, k),
        ...report.channels.map(({ labels }) => count(labels?.[k]?.rows ?? 0)),
      ]),
    },
    'Rows by class and channel',
  );
}

export function choice(report: Report): Markup {
  const { candidates, curves, choice: why } = report;
  const names = [...new Set(candidates.flatMap((row) => Object.keys(row)))];
  const cell = (value: string | number | boolean | undefined): string =>
    typeof value === 'number' ? number(value) : typeof value === 'boolean' ? (value ? 'yes' : '') : (value ?? '');
  return section(
    'choice',
    'Why this model?',
    `${why ?? 'One model was trained'}.`,
    curves.length > 0 && figures(figure(curvesFigure(curves))),
    candidates.length > 1 &&
      html`<details><summary>The ${count(candidates.length)} best candidates</summary>${table({ head: names, rows: candidates.map((row) => names.map((name) => cell(row[name]))) }, 'Candidates')}</details>`,
  );
}

export function method(report: Report): Markup {
  const { model, reproduction } = report;
  const facts = Object.entries(model.facts).map(([name, value]): [string, string] => [
    name,
    typeof value === 'number' ? number(value) : value,
  ]);
  const rows: [string, string][] = [
    ['algorithm', model.algorithm],
    ...facts,
    ['model file', `${model.file}, ${count(model.bytes)} bytes`],
    ['SHA-256 of the model', model.sha256],
    ...(reproduction.linnet === null ? [] : [['Linnet', reproduction.linnet] as [string, string]]),
  ];
  const given = Object.entries(reproduction.hyperparameters);
  const { inputs = [], inputsLeftOut = 0 } = reproduction;
  return section(
    'method',
    'How to make it again',
    'Train with the same version of Linnet on the same rows in the same order, with these hyperparameters: the model file has the hash below.',
    html`<dl>${rows.map(([name, value]) => html`<dt>${name}</dt><dd>${name.startsWith('SHA') ? html`<code>${value}</code>` : value}</dd>`)}</dl>`,
    table({ head: ['hyperparameter', 'value'], rows: given.map(([name, value]) => [name, value]) }, 'Hyperparameters'),
    inputs.length > 0 &&
      table(
        {
          head: ['channel', 'file', 'bytes', 'SHA-256'],
          rows: inputs.map(({ channel, file, bytes, sha256 }) => [channel, file, count(bytes), sha256 ?? 'not taken']),
        },
        inputsLeftOut === 0 ? 'Files of rows' : `Files of rows, and ${count(inputsLeftOut)} more`,
      ),
    html`<p class="note">${reproduction.deterministic ? 'deterministic=true: the bytes are equal on every machine.' : 'On another processor or JavaScript engine last digits may differ; deterministic=true makes the bytes equal everywhere.'}</p>`,
  );
}
