/** `linnet describe`: what a table's columns hold, and what `linnet train` would make of them. */
import { type ColumnProfile, decide, type Profile, profileTable, type Table } from '../../tables/index.ts';
import { quoted } from '../environment.ts';
import { inColumns } from '../terminal/columns.ts';
import { programName } from '../terminal/command-line.ts';
import { count, percent, plural, three } from '../terminal/numbers.ts';
import { progressLine } from '../terminal/progress.ts';
import { terminalWidth, wrapLine } from '../terminal/wrapped.ts';
import type { TableFlags } from './flags.ts';
import { tableOf } from './source.ts';

export interface DescribeFlags extends TableFlags {
  label?: string;
  json?: boolean;
}

export async function describe(flags: DescribeFlags, file: string): Promise<void> {
  const table = await tableOf(flags, file);
  const progress = progressLine();
  const profile = await profileTable(table, { onRows: (rows) => progress.show(`${plural(rows, 'row')} read`) });
  progress.clear();
  // Throws for a label that there is not, before anything is printed.
  const decisions = flags.label === undefined ? undefined : decide(profile, { label: flags.label }, table.labelColumn);
  if (flags.json)
    process.stdout.write(
      `${JSON.stringify({ name: table.name, format: table.format, ...profile, ...(decisions && { decisions }) })}\n`,
    );
  else
    process.stdout.write(
      page(table, profile, decisions && new Map(decisions.columns.map((each) => [each.column, each.as]))),
    );
}

function page(table: Table, profile: Profile, kinds: ReadonlyMap<string, string> | undefined): string {
  const width = Math.min(terminalWidth(), 100);
  const head = `${table.name}: ${plural(profile.rowCount, 'row')}, ${plural(profile.columns.length, 'column')}; ${table.facts.join('; ')}`;
  const rows = profile.columns.map((column) => [
    column.name,
    column.kind === 'text' ? 'words' : column.kind,
    column.missing === 0 ? '' : percent(column.missing / column.count),
    `${column.distinctIsExact ? '' : 'about '}${count(column.distinct)}`,
    ...(kinds === undefined ? [] : [kinds.get(column.name) ?? 'label']),
    valuesOf(column),
  ]);
  const names = ['column', 'holds', 'missing', 'distinct', ...(kinds === undefined ? [] : ['becomes']), 'values'];
  const next =
    kinds === undefined ? ['', `Next: ${programName(process.env)} train ${quoted(table.name)} --label COLUMN`] : [];
  return `${[wrapLine(head, width, 0), '', ...inColumns([names, ...rows], width), ...next].join('\n')}\n`;
}

const levelsShown = 4;

/** Of numbers the middle and the range of most, of words the most frequent. */
function valuesOf({ number, date, levels, count: rows, kind, distinct }: ColumnProfile): string {
  if (kind === 'empty') return '';
  if (date !== undefined) return `${date.style}${date.hasTime ? ', with a time' : ''}, ${plural(date.years, 'year')}`;
  if (number !== undefined) {
    if (distinct <= levelsShown) return shares(levels, rows);
    const [, low, , middle, , high] = number.quantiles;
    return `${three(middle!)} in the middle, 90 % from ${three(low!)} to ${three(high!)}`;
  }
  // Of values that nearly all differ, shares say nothing.
  const [[, most] = ['', 0]] = levels;
  if (most < rareShare * rows)
    return `such as ${levels
      .slice(0, levelsShown)
      .map(([value]) => value)
      .join(', ')}`;
  return shares(levels, rows);
}

const rareShare = 0.01;

const shares = (levels: ColumnProfile['levels'], rows: number): string =>
  levels
    .slice(0, levelsShown)
    .map(([value, times]) => `${value} ${percent(times / rows)}`)
    .join(', ');
