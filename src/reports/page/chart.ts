/** Charts as SVG, whose colours are the page's own and follow it into dark mode. */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { html, type Markup, ready } from './markup.ts';

export { Plot };

export type PlotOptions = Plot.PlotOptions;

/** The library needs a document to make elements with, no page. */
const { document } = parseHTML('<!doctype html><html><body></body></html>');

export const colours = {
  first: 'var(--first)',
  second: 'var(--second)',
  third: 'var(--third)',
  muted: 'var(--muted)',
  line: 'var(--line)',
};

/** A chart is as wide as a phone; wider pages put several side by side. */
const chartWidth = 340;

/** The SVG of a plot, which screen readers call by `label`. */
export function drawn(label: string, options: PlotOptions): Markup {
  const plot = Plot.plot({
    width: chartWidth,
    height: 220,
    marginLeft: 48,
    marginRight: 14,
    marginTop: 24,
    marginBottom: 36,
    className: 'plot',
    ...options,
    document: document as never,
  } as PlotOptions);
  // The page's style says what each plot's own says; names of marks are for no one inside of an image.
  for (const style of plot.querySelectorAll('style')) style.remove();
  for (const mark of plot.querySelectorAll('g[aria-label]')) mark.removeAttribute('aria-label');
  const svg = plot.outerHTML.replace(/(\d\.\d{2})\d+(?=[^<>]*>)/g, '$1');
  // The label is escaped here: the library's document leaves angle brackets in attributes.
  return ready(svg.replace(/^<svg /, () => html`<svg role="img" aria-label="${label}" `.markup));
}

export interface Table {
  head: readonly string[];
  rows: readonly (readonly (string | Markup)[])[];
}

const wordy = (cell: string | Markup | undefined): boolean =>
  typeof cell === 'object' && cell.markup.includes('class="words"');

/** A table; first cells name their rows, cells of markup hold words. Wide ones scroll by themselves. */
export function table({ head, rows }: Table, label: string): Markup {
  const isWords = (at: number): boolean => rows.some((row) => wordy(row[at]));
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table>
<thead><tr>${head.map((cell, at) => html`<th scope="col"${isWords(at) && ready(' class="words"')}>${cell}</th>`)}</tr></thead>
<tbody>${rows.map(([first, ...cells]) => html`<tr><th scope="row">${first}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody>
</table></div>`;
}

export interface Figure {
  /** The finding, as a sentence. */
  title: string;
  chart: Markup;
  /** What the chart shows, to read and to copy. */
  twin: Table;
  note?: string;
}

export const figure = ({ title, chart, twin, note }: Figure): Markup => html`<figure>
<figcaption>${title}</figcaption>
${chart}
${note && html`<p class="note">${note}</p>`}
<details><summary>As a table</summary>${table(twin, title)}</details>
</figure>`;

/** A section with a heading and a sentence that answers its question. */
export const section = (
  id: string,
  heading: string,
  answer: string | Markup,
  ...parts: readonly (Markup | false | null)[]
): Markup => html`<section id="${id}"><h2>${heading}</h2><p class="answer">${answer}</p>${parts}</section>`;

export const figures = (...all: readonly (Markup | false | null)[]): Markup => html`<div class="figures">${all}</div>`;
