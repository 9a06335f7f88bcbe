/** What is suspicious about a channel's rows, in words that say what to do. A false alarm costs more than a miss. */
import type { ChannelInspector } from './channel-inspector.ts';
import type { LabelCopy } from './label-copies.ts';
import type { LabelFacts } from './label-facts.ts';
import type { ColumnFacts, RowSample } from './row-sample.ts';
import type { Shared } from './row-sketch.ts';

/** The warnings of one channel. The order of columns is inspected in `train` only: the others are read in the same way. */
export function* channelWarnings(name: string, rows: ChannelInspector): Generator<string> {
  const isTrain = name === 'train';
  const ofLabel = isTrain ? [...labelWarnings(rows)] : [];
  const found = [
    ...numberedHeader(rows),
    ...ofLabel,
    ...(ofLabel.length > 0 ? [] : oneLabel(rows, isTrain)),
    ...(isTrain ? labelCopies(rows) : []),
    ...repeatedRows(rows),
  ];
  for (const text of found) yield `Channel "${name}": ${text}`;
}

/** Why the label may not be what it should be. */
export function* labelWarnings(rows: ChannelInspector): Generator<string> {
  yield* countingLabel(rows);
  yield* lastLabel(rows);
}

function* numberedHeader({ numbered, numberedHash, rows, featureCount }: ChannelInspector) {
  const [first] = numbered;
  if (first === undefined || numberedHash === undefined) return;
  // If it comes again among the rows, it is a row and not a header.
  if ((rows.count(numberedHash.high, numberedHash.low) ?? 0) > numbered.length) return;
  const others = numbered.length > 1 ? `, as is that of ${counted(numbered.length - 1, 'other file')}` : '';
  const row = `0, 1, ${featureCount > 2 ? `..., ${featureCount}` : '2'}`;
  yield `the first row of "${first}" is ${row}${others}: pandas writes such a header above columns without names, and it is taken for a row here. If it is one, write the file without it (to_csv(..., header=False, index=False))`;
}

function* countingLabel({ labels, options, sample }: ChannelInspector) {
  const how = labels.countRows ?? (options.isTable && sample && idsBesideLabels(labels, sample) ? 'ids' : undefined);
  if (how === undefined) return;
  const what = {
    'in order': 'each is one more than the last',
    'in any order': 'all different and close together',
    ids: 'all different, and the second column looks like a label',
  }[how];
  const range = `whole numbers from ${labels.min} to ${labels.max}, ${what}`;
  const remedy = options.isTable
    ? 'The first column looks like an index or an id. If it is, leave it out (pandas: index=False), so that the label comes first'
    : 'They look like an index or ids. If they are, give the column that is to be predicted as the label';
  yield `the labels ${how === 'ids' ? 'look like ids' : 'count the rows'} (${range}). ${remedy}`;
}

function idsBesideLabels(labels: LabelFacts, sample: RowSample): boolean {
  if (!labels.allDiffer) return false;
  const [second, ...others] = sample.columns();
  return second !== undefined && others.length > 0 && looksLikeLabel(second) && !others.some(isCode);
}

function* lastLabel({ labels, options, sample }: ChannelInspector) {
  if (!options.isTable || sample === undefined || !labels.lookMeasured || labels.countRows !== undefined) return;
  const columns = sample.columns();
  const last = columns.at(-1);
  if (columns.length < 2 || last === undefined || !looksLikeLabel(last)) return;
  // A regressor's label is a measurement, and its last feature may be a flag: a label depends on the other columns.
  if (!options.ofClasses && !labels.isOne && !sample.lastIsRelated()) return;
  // Among other codes the last column may be one more of them; beside flags of 0 and 1 it is not.
  if (columns.slice(0, -1).some((other) => isCode(other) && (isFlag(last) || !isFlag(other)))) return;
  const values = labels.isOne ? `always ${shown(labels.first)}` : `${shown(labels.min)} to ${shown(labels.max)}`;
  const classes = last.distinct === 2 ? `${last.min} and ${last.max}` : `whole numbers from ${last.min} to ${last.max}`;
  yield `the first column, which is the label, looks like a measurement (${values}), and the last one looks like a label (${classes}). If the label stands last, move its column to the front`;
}

/** Whole numbers next to each other, or -1 and 1. */
export const looksLikeLabel = (column: ColumnFacts): boolean =>
  isCode(column) &&
  column.min >= -1 &&
  column.min <= 9 &&
  (column.max - column.min + 1 === column.distinct || (column.min === -1 && column.max === 1));
const isCode = ({ distinct, areWhole }: ColumnFacts): boolean => areWhole && distinct >= 2 && distinct <= 10;
const isFlag = ({ distinct, min, max }: ColumnFacts): boolean => distinct === 2 && min === 0 && max === 1;

function* oneLabel({ labels, options }: ChannelInspector, isTrain: boolean) {
  if (!labels.isOne || labels.rowCount < 2) return;
  const all = `all ${wholeText(labels.rowCount)} labels are ${shown(labels.first)}`;
  const consequence = isTrain
    ? 'a model can only learn to say that'
    : 'how well classes or values are distinguished cannot be measured with them';
  const remedy = isTrain
    ? 'Look whether rows were left out, or another column is the label'
    : 'Give rows of every kind';
  yield `${all}${options.ofClasses ? ', one class only' : ''}: ${consequence}. ${remedy}`;
}

function* labelCopies({ copies, featureCount, options }: ChannelInspector) {
  // With a single feature, an exact rule may be just what the job is to learn.
  const found = copies.found().filter(({ kind }) => kind === 'equal' || featureCount > 1);
  const [first] = found;
  if (first === undefined) return;
  const others = found.length > 1 ? ` (and ${counted(found.length - 1, 'other')})` : '';
  const place = options.isTable ? `column ${first.feature + 2}` : `feature ${first.feature} (counted from 0)`;
  yield `${place}${others} ${copyOf(first)}: a model needs nothing else and learns nothing. Leave it out, unless it is really known before what is predicted`;
}

function copyOf({ kind, factor, offset }: LabelCopy): string {
  if (kind === 'equal') return 'equals the label in every row';
  if (kind === 'recoded') return 'has one value for each label, and another for each other, in every row';
  const plus = offset === 0 ? '' : ` ${offset < 0 ? 'minus' : 'plus'} ${shown(Math.abs(offset))}`;
  return `is ${Number(factor.toPrecision(4))} times the label${plus} in every row`;
}

function* repeatedRows(inspector: ChannelInspector) {
  const { rows } = inspector;
  const equal = inspector.equalFiles();
  if (equal !== undefined) {
    yield `"${equal[0]}" and "${equal[1]}" hold the same rows. If one is a copy, take it away: rows that stand there twice count twice`;
    return;
  }
  const repeated = rows.repeated();
  if (
    repeated === undefined ||
    (!repeated.asAWhole && comeByChance(repeated.rowCount, rows.rowCount ** 2 / 2, inspector))
  )
    return;
  const [first, second] = repeated.example;
  const about = repeated.isExact ? '' : 'about ';
  const all = repeated.asAWhole ? ', and every row comes so' : '';
  yield `${about}${wholeText(repeated.rowCount)} of ${counted(rows.rowCount, 'row')} ${repeated.rowCount === 1 ? 'repeats' : 'repeat'} another, label and all (${inspector.place(second)} is ${inspector.place(first)}${all}). If these are copies, take them away: they count twice, and held-out rows that were trained on look too good`;
}

/** Whether so many equal pairs are to be expected among rows whose values are rounded, or few. */
function comeByChance(count: number, pairs: number, { sample }: ChannelInspector): boolean {
  return sample !== undefined && count <= (concentration * pairs) / sample.combinations();
}

/** Values are not evenly spread, nor independent of each other: more rows agree than if they were. */
const concentration = 16;

/** What `held` and `train` have in common. */
export function* sharedWarnings(name: string, held: ChannelInspector, train: ChannelInspector): Generator<string> {
  const remedy = 'what is measured on them looks better than it is. Give rows that are not trained on';
  const equal = held.equalFiles(train);
  if (equal !== undefined) {
    yield `Channel "${name}": "${equal[1]}" holds the same rows as "${equal[0]}": ${remedy}`;
    return;
  }
  const shared = held.rows.sharedWith(train.rows);
  if (shared === undefined) return;
  if (comeByChance(shared.rowCount, held.rows.rowCount * train.rows.rowCount, train)) return;
  yield `Channel "${name}": ${sharedText(shared, held, train)}: ${remedy}`;
}

function sharedText(shared: Shared, held: ChannelInspector, train: ChannelInspector): string {
  const [here, there] = shared.example;
  const total = held.rows.rowCount;
  const how =
    shared.share === 1
      ? `${shared.isExact ? 'all' : 'about all'} ${counted(total, 'row')} stand`
      : `${shared.isExact ? '' : 'about '}${wholeText(shared.rowCount)} of ${counted(total, 'row')} ${shared.rowCount === 1 ? 'stands' : 'stand'}`;
  return `${how} in channel "train" too (${held.place(here)} is ${train.place(there)})`;
}

/** `1,234`. Made without the engine's number formats, which take 15 ms to load. */
export const wholeText = (value: number): string => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');

export const counted = (count: number, noun: string): string => `${wholeText(count)} ${noun}${count === 1 ? '' : 's'}`;

/** Six digits, which single precision does not round away. */
const shown = (value: number): string => String(Number(value.toPrecision(6)));
