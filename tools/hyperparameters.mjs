// Writes the reference pages of hyperparameters from the tables that the algorithms check them by.
// `npm run check` brings the pages up to date; with CI set it only compares.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { hyperparameterTable } from '../dist/src/algorithms/linear-learner/hyperparameters/table.js';
import { hyperparameterTable as xgboostTable } from '../dist/src/algorithms/xgboost/hyperparameters/table.js';

const docs = fileURLToPath(new URL('../docs/', import.meta.url));
const pages = [
  {
    file: 'linear-learner-hyperparameters.md',
    title: "Linear Learner's hyperparameters",
    links:
      '[Linear Learner](linear-learner.md) is the guide; [its methods](linear-learner-methods.md) say how they are used.',
    table: hyperparameterTable,
  },
  {
    file: 'xgboost-hyperparameters.md',
    title: "XGBoost's hyperparameters",
    links: '[XGBoost](xgboost.md) is the guide. What has no default is left to XGBoost itself.',
    table: xgboostTable,
  },
];
const sections = [
  ["Amazon's", "They have the names, defaults and ranges of Amazon's algorithm.", ({ origin }) => origin === 'amazon'],
  [
    "Linnet's own",
    'Amazon refuses these names: leave them out of jobs that must run there too.',
    ({ origin }) => origin === 'linnet',
  ],
  [
    'Internal and obsolete',
    "Amazon's own tools send them, so that they are accepted.",
    ({ origin }) => ['internal', 'obsolete'].includes(origin),
  ],
];

const code = (text) => `\`${text}\``;
/** Such as: of at least 1; above 0 and below 1. */
function limitsOf({ min, max, above, below }) {
  const limits = [
    min !== undefined && `of at least ${min}`,
    above !== undefined && `above ${above}`,
    max !== undefined && `at most ${max}`,
    below !== undefined && `below ${below}`,
  ];
  return limits.filter(Boolean).join(' and ');
}

/** Such as: `auto`, an integer of at least 1. */
function acceptedValues({ kind, words = [], range = {} }) {
  if (kind === 'choice') return words.map(code).join(', ');
  const noun = { integer: 'an integer', real: 'a number', boolean: '`true` or `false`', text: 'text' }[kind];
  return [...words.map(code), `${noun} ${limitsOf(range)}`.trim()].join(', ');
}

function rowOf(entry) {
  const { name, default: standard, optional, appliesTo, meaning } = entry;
  const asks =
    optional && standard === undefined
      ? 'none'
      : standard === undefined
        ? 'none: must be given'
        : standard === ''
          ? 'empty'
          : code(standard);
  const predictors = appliesTo === 'all' ? 'all' : appliesTo.map(code).join(', ');
  return `| ${[code(name), asks, acceptedValues(entry), predictors, meaning.replaceAll('|', '\\|')].join(' | ')} |`;
}

function render({ title, links, table }) {
  const parts = sections.flatMap(([name, about, belongs]) => {
    const rows = table.filter(belongs).map(rowOf);
    if (rows.length === 0) return [];
    return [
      [
        `## ${name}`,
        '',
        about,
        '',
        '| name | default | values | for | meaning |',
        '| --- | --- | --- | --- | --- |',
        ...rows,
      ],
    ];
  });
  const about =
    '`npm run check` writes this page from the table that jobs are checked by. All values are given as text.';
  return `${[`# ${title}`, '', about, links, '', ...parts.flatMap((part) => [...part, ''])].join('\n').trimEnd()}\n`;
}

let stale = 0;
for (const page of pages) {
  const path = `${docs}${page.file}`;
  const text = render(page);
  let kept;
  try {
    kept = readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  if (kept === text) continue;
  if (process.env.CI) {
    stale += 1;
    console.log(`  docs/${page.file} differs from the code: run npm run check and commit what it writes`);
  } else writeFileSync(path, text);
}
console.log(`hyperparameters: ${pages.length} pages, ${stale} problems`);
process.exit(stale === 0 ? 0 : 1);
