// Writes docs/api.md from the declarations of the library, and fails where one has no description.
// `npm run check` brings the page up to date; with CI set it only compares.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const types = `${root}dist/src/library/`;
const problems = [];

/** The names that the door exports, with the file of each. */
const exported = [
  ...readFileSync(`${types}index.d.ts`, 'utf8').matchAll(/export (?:type )?\{([^}]*)\} from '([^']+)'/g),
].flatMap(([, names, file]) =>
  names
    .split(',')
    .map((name) => ({ name: name.replace('type ', '').trim(), file: fileOf(file) }))
    .filter(({ name }) => name !== ''),
);

/** What the library passes on from another room is declared there. */
function fileOf(specifier) {
  const path = `${types}${specifier.replace(/^\.\//, '').replace(/\.ts$/, '.d.ts')}`;
  return specifier.includes('data-error') ? `${root}dist/src/base/errors.d.ts` : path;
}

/** The text of a comment, without its stars. */
const prose = (comment) =>
  comment
    .replace(/^\s*\/\*\*|\*\/\s*$/g, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, ''))
    .join('\n')
    .trim();

const comment = String.raw`(\/\*\*(?:(?!\*\/)[\s\S])*\*\/)?\s*`;

/** A declaration's comment and text; tsc writes the end of a block in the first column. */
function declarationOf(name, file) {
  const text = readFileSync(file, 'utf8');
  const found = new RegExp(
    `(?:^|\\n)${comment}export (?:declare )?((class|interface|type) ${name}\\b(?:[^\\n]*;|[\\s\\S]*?\\n}))`,
  ).exec(text);
  if (found === null) throw new Error(`${name} is not declared in ${file}`);
  const [, about, code, kind] = found;
  if (about === undefined) problems.push(`${name} has no description`);
  return { about: prose(about ?? ''), code, kind };
}

const memberLine = new RegExp(
  String.raw`\n {4}${comment}(?:static |readonly |get )*(?!constructor\b|private )\w+\??[(<:][^\n]*;`,
  'g',
);

/** The members of a class or an interface: what is indented once, a getter as the property that it is. */
function membersOf(code, owner) {
  return [...code.matchAll(memberLine)].map(([text, about = '']) => {
    const signature = text
      .replace(about, '')
      .trim()
      .replace(/;$/, '')
      .replace(/^readonly /, '')
      .replace(/^get (\w+)\(\)/, '$1');
    if (about === '') problems.push(`${owner}: ${signature} has no description`);
    return { signature, about: prose(about) };
  });
}

const flat = (text) => text.replaceAll(/\s*\n\s*/g, ' ').replaceAll('|', '\\|');

function section({ name, file }) {
  const { about, code, kind } = declarationOf(name, file);
  const lines = [`## ${name}`, '', about, ''];
  if (kind === 'type') return [...lines, '```ts', code.replaceAll(/^ {4}/gm, '  '), '```', ''];
  if (name === 'Hyperparameters')
    return [...lines, '[The list of hyperparameters](linear-learner-hyperparameters.md) has them.', ''];
  const members = membersOf(code, name);
  if (kind === 'class' && name !== 'DataError') {
    for (const member of members) lines.push(`### \`${member.signature}\``, '', member.about, '');
    return lines;
  }
  lines.push('| member | meaning |', '| --- | --- |');
  for (const member of members) lines.push(`| \`${flat(member.signature)}\` | ${flat(member.about)} |`);
  return [...lines, ''];
}

const order = ['LinearLearner', 'FitOptions', 'Rows', 'Labels'];
const rank = ({ name }) => (order.indexOf(name) + 1 || order.length + 1) + (name === 'Hyperparameters' ? 1 : 0);
const sorted = exported.toSorted((one, other) => rank(one) - rank(other) || one.name.localeCompare(other.name));
const page = [
  '# The library',
  '',
  '`npm run check` writes this page from the declarations that the package ships.',
  '',
  'The Linear Learner as a function call, in Node and in browsers: the code that training jobs run, without a server. Methods, formulas',
  'and what the hyperparameters do are in [Linear Learner](linear-learner.md); [examples](../examples/README.md) are complete programs.',
  '',
  '```js',
  "import { LinearLearner } from 'linnet';",
  '',
  "const model = await LinearLearner.fit([[1, 2], [2, 1], [3, 5], [4, 4]], [0, 0, 1, 1], { predictor_type: 'binary_classifier' });",
  'await model.predict([[2, 2]]); // Float64Array [ 0 ]',
  'const archive = await model.save(); // model.tar.gz, which a SageMaker endpoint serves',
  '```',
  '',
  ...sorted.flatMap(section),
]
  .join('\n')
  .trimEnd();

const path = `${root}docs/api.md`;
let kept;
try {
  kept = readFileSync(path, 'utf8');
} catch (error) {
  if (error.code !== 'ENOENT') throw error;
}
if (kept !== `${page}\n`) {
  if (process.env.CI) problems.push('docs/api.md differs from the code: run npm run check and commit what it writes');
  else writeFileSync(path, `${page}\n`);
}
console.log(`api: ${exported.length} declarations, ${problems.length} problems`);
for (const problem of problems) console.log(`  ${problem}`);
process.exit(problems.length === 0 ? 0 : 1);
