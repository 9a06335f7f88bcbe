import { DataError } from '../../base/index.ts';
import { shown } from '../cell.ts';
import type { ColumnProfile, Profile } from '../profile/profile.ts';
import type { DecideOptions, LabelDecision } from './decision.ts';
import { whyLeftOut } from './left-out.ts';
import { spelledAlike } from './spellings.ts';

/** Names that say plainly that a column is what is to be predicted. */
const plainNames = new Set(['label', 'target', 'class', 'y', 'outcome', 'response', 'labels', 'classes', 'dependent']);
/** Whole numbers of at most so many values may be classes. */
const classesOfNumbersMax = 20;
const candidatesShown = 6;

/** The name of the label's column. Throws DataError, with the candidates, where none was asked for and no name says it plainly. */
export function labelColumn(profile: Profile, options: Pick<DecideOptions, 'label'>, ofFormat?: string): string {
  const { columns } = profile;
  if (options.label !== undefined) return found(columns, options.label);
  if (ofFormat !== undefined) return ofFormat;
  const plain = columns.filter(({ name }) => plainNames.has(name.toLowerCase()));
  if (plain.length === 1) return plain[0]!.name;
  const likely = candidates(columns);
  throw new DataError(
    `Which column is to be predicted? ${plain.length > 1 ? 'Several are called so' : 'No name says it'}${
      likely.length === 0
        ? ', and no column has two values or more: is it a table?'
        : `. Likely ones are ${likely.map((name) => shown(name)).join(', ')}`
    }`,
    // A caller can offer them.
    { value: likely },
  );
}

function found(columns: readonly ColumnProfile[], label: string): string {
  const exact = columns.find(({ name }) => name === label);
  if (exact !== undefined) return exact.name;
  if (label === 'first') return columns[0]!.name;
  if (label === 'last') return columns.at(-1)!.name;
  const loose = columns.filter(({ name }) => name.toLowerCase() === label.toLowerCase());
  if (loose.length === 1) return loose[0]!.name;
  throw new DataError(
    `There is no column ${shown(label)}. The columns are ${columns
      .slice(0, 30)
      .map(({ name }) => shown(name))
      .join(', ')}${columns.length > 30 ? ` and ${columns.length - 30} more` : ''}`,
  );
}

/** Columns that could be classes, the last and first one before the others. */
export function candidates(columns: readonly ColumnProfile[]): string[] {
  const isCandidate = ({ distinct, count, missing, kind }: ColumnProfile): boolean =>
    kind !== 'empty' && kind !== 'date' && distinct > 1 && missing < 0.5 * count;
  const rank = (column: ColumnProfile, at: number): number =>
    (at === columns.length - 1 ? 0 : at === 0 ? 2 : 4) + (column.distinct <= classesOfNumbersMax ? 0 : 3);
  const possible = columns
    .map((column, at) => ({ column, rank: rank(column, at) }))
    .filter(({ column }) => isCandidate(column));
  // Names of rows are no classes, unless there is nothing else.
  const telling = possible.filter(({ column }) => whyLeftOut(column) === undefined);
  return (telling.length > 0 ? telling : possible)
    .sort((a, b) => a.rank - b.rank || a.column.distinct - b.column.distinct)
    .slice(0, candidatesShown)
    .map(({ column }) => column.name);
}

/** What the label is: classes or numbers. Throws DataError for a column that cannot be predicted. */
export function decideLabel(given: ColumnProfile, { task, positive }: DecideOptions): LabelDecision {
  const { levels, spellings } = spelledAlike(given.levels);
  const column = { ...given, levels, distinct: given.distinct - (given.levels.length - levels.length) };
  const { name, kind, distinct, number } = column;
  const refuse = (fact: string): DataError => new DataError(`Column ${shown(name)} cannot be predicted: ${fact}`);
  if (kind === 'empty') throw refuse('it has no values');
  if (distinct < 2) throw refuse(`it is ${shown(levels[0]?.[0] ?? '')} in every row`);
  const sign = number?.sign ?? 'point';
  if (task === 'regression' || (task === undefined && isMeasured(given))) {
    if (number === undefined) throw refuse('regression needs numbers, and its values are words');
    return { column: name, task: 'regression', classes: [], sign, why: regressionReason(column) };
  }
  if (distinct > levels.length)
    throw refuse(
      number
        ? `it has ${distinct} distinct values, and at most ${levels.length} can be classes; task regression predicts numbers`
        : `it has ${distinct} different texts such as ${shown(levels[0]![0], 20)}, neither numbers nor at most ${levels.length} classes`,
    );
  const classes = ordered(column, spellings?.[positive?.toLowerCase() ?? ''] ?? positive);
  const counts = new Map(levels);
  const smallest = classes.reduce((least, each) => (counts.get(each)! < counts.get(least)! ? each : least));
  if (counts.get(smallest)! < 2) throw refuse(`its class ${shown(smallest)} has one row only; each needs two at least`);
  const asked = `${task === undefined ? '' : 'as asked, '}${spellings === undefined ? '' : `${given.distinct} spellings of `}`;
  const shared = { column: name, classes, ...(spellings && { spellings }), sign };
  if (classes.length > 2) return { ...shared, task: 'multiclass', why: `${asked}${classes.length} classes` };
  const share = (100 * counts.get(classes[1]!)!) / (column.count - column.missing);
  return {
    ...shared,
    task: 'binary',
    why: `${asked}two classes; scores are the probability of ${shown(classes[1]!)}, ${share.toPrecision(3)} % of the rows`,
  };
}

/** Numbers are classes where they are few, whole, and count up from 0 or 1 without a gap: else they measure something. */
function isMeasured({ kind, number, distinct, levels }: ColumnProfile): boolean {
  if (kind !== 'number' || number === undefined || distinct === 2) return false;
  if (!number.isWhole || distinct > classesOfNumbersMax || levels.length < distinct) return true;
  return !((number.min === 0 || number.min === 1) && number.max - number.min === distinct - 1);
}

const regressionReason = ({ distinct, number }: ColumnProfile): string =>
  number!.isWhole ? `numbers: ${distinct} distinct values that do not count up from 0 or 1` : `numbers with decimals`;

const positiveWords = new Set([
  '1',
  'yes',
  'ja',
  'oui',
  'si',
  'y',
  'true',
  't',
  'positive',
  'pos',
  '+',
  '+1',
  'malignant',
  'm',
  'bad',
  'sick',
]);
const negativeWords = new Set([
  '0',
  'no',
  'nein',
  'non',
  'nee',
  'n',
  'false',
  'f',
  'negative',
  'neg',
  '-',
  '-1',
  'benign',
  'b',
  'good',
  'healthy',
]);

/** Of two classes the positive one is last: the one asked for, or that its word says, or else the rarer one. Others stay in their order. */
function ordered({ levels, kind, distinct, name }: ColumnProfile, positive: string | undefined): string[] {
  const values = levels.slice(0, distinct).map(([value]) => value);
  if (positive !== undefined && !values.includes(positive))
    throw new DataError(
      `${shown(name)} has no class ${shown(positive)}: its classes are ${values
        .slice(0, 20)
        .map((value) => shown(value))
        .join(', ')}`,
    );
  if (values.length > 2) {
    const byValue =
      kind === 'number' ? (a: string, b: string) => Number(a) - Number(b) : (a: string, b: string) => (a < b ? -1 : 1);
    return values.sort(byValue);
  }
  // `levels` has the more frequent one first.
  const [common, rare] = values as [string, string];
  if (positive !== undefined) return positive === common ? [rare, common] : [common, rare];
  const isPositive = (value: string): boolean => positiveWords.has(value.toLowerCase());
  const isNegative = (value: string): boolean => negativeWords.has(value.toLowerCase());
  return isPositive(common) && isNegative(rare) ? [rare, common] : [common, rare];
}
