import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BenchCase, type Outcome, type Row, reached } from './case.ts';
import { type Machine, readCommit, readMachine } from './machine.ts';
import { benchRoot, resultsRoot } from './places.ts';
import { drawPlot } from './plot.ts';

/** Of the code as it was loaded: a long run may outlast it. */
const commit = readCommit();

type StoredRow = Omit<Row, 'reached'> & { reached: boolean | undefined };

/** results/<id>.json */
interface Result {
  id: string;
  title: string;
  measuredAt: string;
  commit: string | undefined;
  quick: boolean;
  machine: Machine;
  peers: Readonly<Record<string, string>>;
  seconds: number;
  rows: readonly StoredRow[];
  plots: readonly string[];
}

/** Results of other engines than Node.js 20 stand beside its own. */
const engineSuffix = (node: string): string => {
  const major = node.slice(1).split('.')[0];
  return major === '20' ? '' : `-node${major}`;
};

/** `amd-epyc`, `intel-xeon-2-50ghz`: a folder's name for a processor. */
const slugOf = ({ cpu }: Machine): string =>
  cpu
    .toLowerCase()
    .replaceAll(/\((r|tm)\)|processor|\bcpu\b|@/g, ' ')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '') || 'unknown';

/** Where this machine's results go: ratios of one processor say little of another's. */
const folderOf = (quick: boolean): string => join(resultsRoot, quick ? 'tmp' : slugOf(readMachine()));

/** Writes a case's numbers and plots. */
export function writeResult(
  { id, title }: BenchCase,
  { rows, plots = [], peers = {} }: Outcome,
  { quick, seconds }: { quick: boolean; seconds: number },
): void {
  const folder = folderOf(quick);
  mkdirSync(folder, { recursive: true });
  const base = `${id}${engineSuffix(process.version)}`;
  const named = plots.map((plot, place) => ({ name: `${base}${plots.length > 1 ? `-${place + 1}` : ''}.svg`, plot }));
  for (const { name, plot } of named) writeFileSync(join(folder, name), drawPlot(plot));
  const result: Result = {
    id,
    title,
    measuredAt: new Date().toISOString().slice(0, 10),
    commit,
    quick,
    machine: readMachine(),
    peers,
    seconds: Math.round(seconds),
    rows: rows.map((row) => ({
      ...row,
      figures: rounded(row.figures),
      // A peer's own words may name a path of this machine; a bar would end the cell of the table.
      ...(row.note !== undefined && { note: row.note.replaceAll(benchRoot, 'bench').replaceAll('|', '/') }),
      reached: reached(row),
    })),
    plots: named.map(({ name }) => name),
  };
  writeFileSync(join(folder, `${base}.json`), `${JSON.stringify(result, undefined, 2)}\n`);
}

const rounded = (figures: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, Number(value.toPrecision(5))]));

const storedIn = (folder: string): Result[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Result);

const reachedOf = (results: readonly Result[]): string => {
  const held = results.flatMap(({ rows }) => rows).filter(({ target }) => target !== undefined);
  return `${held.filter((row) => row.reached === true).length} of ${held.length} targets reached`;
};

/** Writes the README.md of this machine's folder from all the results that are there, in the order of the cases, and that above it. */
export function writeTable(cases: readonly BenchCase[], quick: boolean): void {
  const folder = folderOf(quick);
  if (!existsSync(folder)) return;
  const stored = storedIn(folder);
  const results = cases.flatMap(({ id }) =>
    stored
      .filter((result) => result.id === id)
      .map((result) => ({ ...result, id: id + engineSuffix(result.machine.node).replace('-node', ', Node.js ') })),
  );
  const bars = results.flatMap(({ id, rows }) => rows.flatMap((row) => barOf(id, row) ?? []));
  if (bars.length > 0)
    writeFileSync(
      join(folder, 'summary.svg'),
      drawPlot({ kind: 'bars', title: 'Targets: reached to the right of 1', label: 'value over target', bars }),
    );
  const lines = [
    '# Results of the benches',
    '',
    'Written by `npm run bench`; [what each case means](../../README.md). Every value is a ratio or a share measured within one run.',
    '',
    `${reachedOf(results)}.`,
    '',
    ...(bars.length > 0 ? ['![Targets](summary.svg)', ''] : []),
    '| id | measured | value | target | reached | figures | note |',
    '| --- | --- | ---: | ---: | --- | --- | --- |',
    ...results.flatMap(({ id, rows }) => rows.map((row) => tableLine(id, row))),
    '',
    ...results.flatMap(({ id, plots }) => plots.map((plot) => `![${id}](${plot})`)),
    '',
    '## Where and when',
    '',
    '| id | date | commit | Node.js | machine | peers |',
    '| --- | --- | --- | --- | --- | --- |',
    ...results.map(originLine),
    '',
  ];
  writeFileSync(join(folder, 'README.md'), lines.join('\n'));
  if (!quick) writeIndex();
}

/** Writes results/README.md: the machines that were measured. */
function writeIndex(): void {
  const machines = readdirSync(resultsRoot, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !['tmp', 'trials'].includes(entry.name))
    .map(({ name }) => ({ name, results: storedIn(join(resultsRoot, name)) }))
    .filter(({ results }) => results.length > 0);
  const lines = [
    '# Results of the benches',
    '',
    'Written by `npm run bench`: a folder for each processor it ran on. [What each case means](../README.md).',
    '',
    '| processor | targets | measured |',
    '| --- | --- | --- |',
    ...machines.map(({ name, results }) => {
      const days = results.map(({ measuredAt }) => measuredAt).sort();
      const [first, last] = [days[0], days.at(-1)];
      const { cpu, cores, memoryGiB } = results[0]!.machine;
      return `| [${cpu}, ${cores} cores, ${memoryGiB} GiB](${name}/README.md) | ${reachedOf(results)} | ${first === last ? first : `${first} to ${last}`} |`;
    }),
    '',
  ];
  writeFileSync(join(resultsRoot, 'README.md'), lines.join('\n'));
}

/** How far a row is above its target, as a factor. Peers' rows are in plots of their own. */
function barOf(id: string, { what, label, value, target }: StoredRow): { name: string; value: number } | undefined {
  if (target === undefined || id.startsWith('peers')) return undefined;
  const ratio = value === undefined ? 0 : 'atLeast' in target ? value / target.atLeast : target.atMost / value;
  // A value far off, or none, must not stretch the scale.
  return { name: `${id} ${label ?? what}`.slice(0, 42), value: Math.min(30, Math.max(0.05, ratio)) };
}

const tableLine = (id: string, row: StoredRow): string =>
  `| ${id} | ${row.what} | ${shown(row.value, row.unit)} | ${shownTarget(row)} | ${
    row.reached === undefined ? '' : row.reached ? 'yes' : '**no**'
  } | ${Object.entries(row.figures)
    .map(([name, value]) => `${name} ${shortNumber(value)}`)
    .join('; ')} | ${row.note ?? ''} |`;

const originLine = ({ id, measuredAt, commit, machine, peers }: Result): string =>
  `| ${id} | ${measuredAt} | ${commit ?? ''} | ${machine.node} | ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.platform} | ${Object.entries(
    peers,
  )
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')} |`;

function shownTarget({ target, unit }: StoredRow): string {
  if (target === undefined) return '';
  return 'atLeast' in target ? `≥ ${shown(target.atLeast, unit)}` : `≤ ${shown(target.atMost, unit)}`;
}

export const shown = (value: number | undefined, unit: Row['unit']): string =>
  value === undefined || !Number.isFinite(value)
    ? '-'
    : `${shortNumber(value)}${unit === 'x' || unit === '%' ? '' : ' '}${unit === 'x' ? '×' : unit}`;

/** Three significant digits; whole beyond a thousand. */
export function shortNumber(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e7 || size < 1e-3) return value.toExponential(1);
  return size >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
