// Writes docs/coverage.md from the service models and models/coverage.json, and fails where the latter says something that the models do not bear out.
// `npm run check` brings the page up to date; with CI set it only compares.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const json = (file) => JSON.parse(readFileSync(`${root}models/${file}.json`, 'utf8'));
const { absent, partial } = json('coverage');
const problems = [];
const code = (name) => `\`${name}\``;
const fallback = 'No other way yet.';

/** The operations that are not offered, by what to do instead, in the order of the advice. */
function absentOf(service, names) {
  const rules = absent[service] ?? [];
  const groups = new Map(rules.map(([, advice]) => [advice, []]));
  const used = new Set();
  for (const name of names) {
    const rule = rules.find(([pattern]) => new RegExp(pattern).test(name));
    used.add(rule);
    const advice = rule?.[1] ?? fallback;
    groups.set(advice, [...(groups.get(advice) ?? []), name]);
  }
  for (const rule of rules) {
    if (!used.has(rule)) problems.push(`models/coverage.json: no absent operation of ${service} matches "${rule[0]}"`);
  }
  return [...groups].filter(([, found]) => found.length > 0);
}

function section(service) {
  const model = json(service);
  const offered = Object.keys(model.operations).sort();
  const others = Array.isArray(model.others) ? model.others : Object.keys(model.others);
  const missing = others.filter((name) => !offered.includes(name)).sort();
  const parts = partial[service] ?? {};
  for (const name of Object.keys(parts)) {
    if (!offered.includes(name)) problems.push(`models/coverage.json: ${service} does not offer ${name}`);
  }
  const whole = offered.filter((name) => parts[name] === undefined);
  const some = offered.filter((name) => parts[name] !== undefined);
  return [
    `## ${model.fullName}`,
    `${whole.length} whole, ${some.length} in part, ${missing.length} absent; Amazon's model of ${model.apiVersion} has ${offered.length + missing.length}.`,
    `Whole: ${whole.map(code).join(', ')}.`,
    ...(some.length === 0
      ? []
      : [
          '| in part | what is missing |\n| --- | --- |\n' +
            some.map((name) => `| ${code(name)} | ${parts[name]} |`).join('\n'),
        ]),
    ...(missing.length === 0
      ? []
      : [
          '| absent | instead |\n| --- | --- |\n' +
            absentOf(service, missing)
              .map(([advice, names]) => `| ${names.map(code).join(', ')} | ${advice.replaceAll('|', '\\|')} |`)
              .join('\n'),
        ]),
  ];
}

const services = Object.keys(partial);
const page = `${[
  '# Coverage',
  "Made by `tools/coverage.mjs` from the service models, which hold what Amazon's own clients know, and models/coverage.json. What is",
].join(
  '\n\n',
)} absent answers as such, with the advice of its row; what is refused of an operation in part is refused by name.

${services.flatMap(section).join('\n\n')}
`;
const file = `${root}docs/coverage.md`;
const before = (() => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
})();
if (before !== page) {
  if (process.env.CI) problems.push('docs/coverage.md is out of date; run npm run check');
  else writeFileSync(file, page);
}
for (const problem of problems) console.log(problem);
process.exit(problems.length === 0 ? 0 : 1);
