/** The page of a report: one HTML file made from the JSON alone, which asks nothing of any other host. */
import { createHash } from 'node:crypto';
import type { Report } from '../numbers/document.ts';
import { html, type Markup, ready } from './markup.ts';
import { labelName } from './names.ts';
import { script } from './script.ts';
import { binarySections } from './sections/binary.ts';
import { choice, data, method } from './sections/data.ts';
import { drivers, mistakes, subgroups } from './sections/drivers.ts';
import { modelCard } from './sections/model-card.ts';
import { multiclassSections, regressionSections } from './sections/others.ts';
import { comparison, warnings } from './sections/verdict.ts';
import { style } from './style.ts';
import { verdict } from './summary.ts';

export interface PageOptions {
  /** What the page is called, such as a job's name. */
  title?: string;
}

export function drawPage(report: Report, { title }: PageOptions = {}): string {
  const { binary } = report;
  const heading = title ?? `Predicting ${labelName(report)}`;
  const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  const policy = `default-src 'none'; style-src 'unsafe-inline'${binary === null ? '' : `; script-src ${hash(script)}`}`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${heading}: report</title>
<style>${ready(style)}</style>
</head>
<body>
<header>
<h1>${heading}</h1>
<p class="muted">Report of the model with SHA-256 <code>${report.model.sha256.slice(0, 16)}…</code>, made by Linnet from the training's own numbers.</p>
<nav aria-label="Sections"><ul>${contents(report).map(([id, name]) => html`<li><a href="#${id}">${name}</a></li>`)}</ul></nav>
</header>
<main>
<p class="verdict">${verdict(report)}</p>
${warnings(report)}
${sections(report)}
</main>
<footer><p class="note">For research and decision support; not a medical device. A figure measured on held-out rows says how the model does on rows like those, not on others.</p></footer>
${binary !== null && ready(`<script>${script}</script>`)}
</body>
</html>
`;
  return page.markup;
}

function sections(report: Report): (Markup | null)[] {
  const { binary, multiclass, regression } = report;
  return [
    comparison(report),
    ...(binary === null ? [] : binarySections(report, binary)),
    ...(multiclass === null ? [] : multiclassSections(report, multiclass)),
    ...(regression === null ? [] : regressionSections(report, regression)),
    mistakes(report),
    drivers(report),
    subgroups(report),
    data(report),
    choice(report),
    method(report),
    modelCard(report),
  ];
}

function contents({ binary, subgroups: groups, mistakes: wrong }: Report): [id: string, name: string][] {
  return [
    ['comparison', 'Comparison'],
    ['errors', 'Errors'],
    ...(binary === null
      ? []
      : ([
          ['calibration', 'Calibration'],
          ['thresholds', 'Thresholds'],
        ] as [string, string][])),
    ...(wrong.length === 0 ? [] : ([['mistakes', 'Mistakes']] as [string, string][])),
    ['drivers', 'Drivers'],
    ...(groups.length === 0 ? [] : ([['subgroups', 'Subgroups']] as [string, string][])),
    ['data', 'Data'],
    ['choice', 'Choice'],
    ['method', 'Method'],
    ['card', 'Model card'],
  ];
}
