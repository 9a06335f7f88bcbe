// Writes the reference pages of hyperparameters, and the library's type of them, from the tables that the algorithms check them by.
// `npm run check` brings them up to date; with CI set it only compares.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { hyperparameterTable } from '../dist/src/algorithms/linear-learner/hyperparameters/table.js';
import { hyperparameterTable as xgboostTable } from '../dist/src/algorithms/xgboost/hyperparameters/table.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const pages = [
  {
    file: 'docs/linear-learner-hyperparameters.md',
    title: "Linear Learner's hyperparameters",
    links:
      '[Linear Learner](linear-learner.md) is the guide; [its methods](linear-learner-methods.md) say how they are used.',
    table: hyperparameterTable,
  },
  {
    file: 'docs/xgboost-hyperparameters.md',
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

/** Such as: `number | 'auto'`. */
function typeOf({ kind, words = [] }) {
  const own = { integer: ['number'], real: ['number'], boolean: ['boolean'], text: ['string'], choice: [] }[kind];
  return [...own, ...words.map((word) => `'${word}'`)].join(' | ');
}

/** The library takes no internals of the original, and no choices that its own rows, threads and files do not have. */
const notInLibrary = ['threads', 'feature_hash_bits', 'report'];

const widthMax = 120;

/** As Biome formats it. */
function member(name, type) {
  const line = `  ${name}: ${type};`;
  return line.length <= widthMax ? line : `  ${name}:\n    | ${type.replaceAll(' | ', '\n    | ')};`;
}

function comment(text) {
  const line = `  /** ${text} */`;
  if (line.length <= widthMax) return line;
  const lines = [''];
  for (const word of text.split(' ')) {
    if (lines.at(-1).length + word.length + 6 > widthMax) lines.push('');
    lines.push(`${lines.pop()} ${word}`);
  }
  return ['  /**', ...lines.map((each) => `   *${each}`), '   */'].join('\n');
}

function renderType() {
  const members = hyperparameterTable
    .filter(({ name, origin }) => ['amazon', 'linnet'].includes(origin) && !notInLibrary.includes(name))
    .map((entry) => {
      const { name, default: standard, appliesTo, meaning } = entry;
      const asks = standard === undefined ? '' : ` Default: \`${standard === '' ? 'empty' : standard}\`.`;
      const predictors = appliesTo === 'all' ? '' : ` For ${appliesTo.join(', ')}.`;
      const limits = limitsOf(entry.range ?? {});
      const doc = `${meaning}${limits === '' ? '' : ` (${limits})`}.${predictors}${asks}`;
      return `${comment(doc)}\n${member(`${name}${standard === undefined && !entry.optional ? '' : '?'}`, typeOf(entry))}`;
    });
  return [
    '// Written by `npm run check` from the table of hyperparameters that jobs are checked by: edit that instead.',
    '',
    '/** The hyperparameters of the Linear Learner: names, defaults and ranges of training jobs. */',
    'export interface Hyperparameters {',
    ...members,
    '}',
    '',
  ].join('\n');
}

const written = [
  ...pages.map((page) => ({ file: page.file, text: render(page) })),
  { file: 'src/library/hyperparameters.ts', text: renderType() },
];
let stale = 0;
for (const { file, text } of written) {
  const path = `${root}${file}`;
  let kept;
  try {
    kept = readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  if (kept === text) continue;
  if (process.env.CI) {
    stale += 1;
    console.log(`  ${file} differs from the code: run npm run check and commit what it writes`);
  } else writeFileSync(path, text);
}
console.log(`hyperparameters: ${written.length} pages, ${stale} problems`);
process.exit(stale === 0 ? 0 : 1);
