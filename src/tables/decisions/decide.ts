import { DataError } from '../../base/index.ts';
import { shown } from '../cell.ts';
import type { ColumnProfile, Profile } from '../profile/profile.ts';
import { asCategory, asDate, asNumber, asOrdinal, asWords, type Reasoned } from './as-kind.ts';
import type { DecideOptions, Decision, Decisions } from './decision.ts';
import { decideLabel, labelColumn } from './label.ts';
import { whyLeftOut } from './left-out.ts';
import { orderOf } from './scales.ts';
import { spelledAlike } from './spellings.ts';

/**
 * What becomes of each column of a table, and why: a pure function of its profile and of what was asked for. The profile must be of
 * training rows only. `ofFormat` is the label that the table's format names. Throws DataError for wishes that the table cannot meet.
 */
export function decide(profile: Profile, options: DecideOptions = {}, ofFormat?: string): Decisions {
  const name = labelColumn(profile, resolved(profile, options), ofFormat);
  const label = decideLabel(profile.columns.find((column) => column.name === name)!, options);
  return { label, columns: decideColumns(profile, name, options) };
}

/** The same of the columns beside the label, which some of the rows alone need not show. */
export function decideColumns(profile: Profile, label: string, options: DecideOptions = {}): Decision[] {
  const wishes = resolved(profile, options);
  const columns = profile.columns.filter(({ name }) => name !== label);
  const decisions = columns.map((column) => decideColumn(column, label, wishes));
  if (decisions.some(({ as }) => as !== 'left out')) return decisions;
  throw new DataError(
    columns.length === 0
      ? `There is no column but ${shown(label)} to predict it from`
      : `No column is left to predict ${shown(label)} from: ${decisions
          .slice(0, 3)
          .map(({ column, why }) => `${shown(column)} is left out, since ${why}`)
          .join('; ')}`,
    { column: label },
  );
}

/** The wishes with the names of columns as the table has them. */
function resolved({ columns }: Profile, options: DecideOptions): DecideOptions {
  const names = new Map(columns.map(({ name }) => [name.toLowerCase(), name]));
  const exact = new Set(columns.map(({ name }) => name));
  const resolve = (name: string): string => {
    const known = exact.has(name) ? name : names.get(name.toLowerCase());
    if (known !== undefined) return known;
    throw new DataError(
      `There is no column ${shown(name)}. The columns are ${[...exact]
        .slice(0, 30)
        .map((each) => shown(each))
        .join(', ')}`,
    );
  };
  const { keep = [], drop = [], as = {} } = options;
  return {
    ...options,
    keep: keep.map(resolve),
    drop: drop.map(resolve),
    as: Object.fromEntries(Object.entries(as).map(([name, wish]) => [resolve(name), wish])),
  };
}

function decideColumn(column: ColumnProfile, label: string, options: DecideOptions): Decision {
  const { name } = column;
  const wish = options.as?.[name];
  if (options.drop?.includes(name)) return { column: name, as: 'left out', why: 'as asked', isAsked: true };
  if (wish !== undefined) {
    const { plan, why } = planOf(column, wish.kind, options, wish.levels);
    return { column: name, why: why === '' ? 'as asked' : `as asked; ${why}`, isAsked: true, ...plan };
  }
  const isKept = options.keep?.includes(name) === true;
  const reason = column.sameAs === label ? 'it is the label again' : whyLeftOut(column);
  if (reason !== undefined && !isKept) return { column: name, as: 'left out', why: reason, isAsked: false };
  const { plan, why } = planOf(column, kindOf(column), options);
  return { column: name, why, isAsked: isKept, ...plan };
}

function kindOf(column: ColumnProfile): Exclude<Decision['as'], 'left out'> {
  if (column.kind === 'number') return column.number?.isCode ? 'category' : 'number';
  if (column.kind === 'date') return 'date';
  const values = spelledAlike(column.levels).levels.map(([value]) => value);
  return column.distinct <= column.levels.length && orderOf(values) !== undefined ? 'ordinal' : 'category';
}

function planOf(
  column: ColumnProfile,
  kind: Exclude<Decision['as'], 'left out'>,
  options: DecideOptions,
  levels?: readonly string[],
): Reasoned {
  const isForTrees = options.learner === 'trees';
  switch (kind) {
    case 'number':
      return asNumber(column, isForTrees);
    case 'date':
      return asDate(column, isForTrees);
    case 'ordinal':
      return asOrdinal(column, levels, isForTrees);
    case 'words':
      return asWords();
    default:
      return asCategory(column);
  }
}
