/** Answers as the types that a client may ask for. Numbers are Python's, with the digits of the double that a float32 is. */
import { contentTypes, encodeRecord, frameRecord, pythonFloat, type Tensor } from '../../../formats/index.ts';
import type { Answers } from '../../../learners/index.ts';
import type { Selected, SelectedKey } from './selected-content.ts';

export interface RowContent {
  answers: Answers;
  /** What is answered in place of the scores. */
  selected?: { keys: readonly SelectedKey[]; of: (row: number) => Selected[] };
  /** Features' contributions to each group's sum, and its baseline behind them. */
  contributions?: Answers;
  groupCount?: number;
}

/**
 * How rows stand in CSV, as Amazon's images write it: all on one line, between commas; each on its own, several scores in
 * brackets, as batches have it; each on its own as a row of a table.
 */
export type CsvLayout = 'one line' | 'lists' | 'table';

export function writeAnswers(content: RowContent, type: string, csv: CsvLayout): string | Uint8Array {
  const { rowCount } = content.answers;
  const each = <Item>(write: (row: number) => Item): Item[] => Array.from({ length: rowCount }, (_, row) => write(row));
  if (type === contentTypes.json) return `{"predictions": [${each((row) => object(content, row)).join(', ')}]}`;
  if (type === contentTypes.jsonLines) return each((row) => `${object(content, row)}\n`).join('');
  if (type === contentTypes.recordIo) return Buffer.concat(each((row) => record(content, row)));
  if (content.selected !== undefined) return each((row) => `${selectedLine(content.selected!, row)}\n`).join('');
  if (csv === 'one line') return each((row) => bracketed(scoresOf(content, row))).join(',');
  if (csv === 'lists') return each((row) => `${bracketed(scoresOf(content, row))}\n`).join('');
  return each((row) => `${scoresOf(content, row).join(',')}\n`).join('');
}

const number = (value: number): string => pythonFloat(value);
const list = (values: readonly string[]): string => `[${values.join(', ')}]`;
const bracketed = (values: readonly string[]): string => (values.length === 1 ? values[0]! : list(values));

const scoresOf = ({ answers: { values, width } }: RowContent, row: number): string[] =>
  Array.from(values.subarray(row * width, (row + 1) * width), number);

function object(content: RowContent, row: number): string {
  const { selected, contributions } = content;
  const members: [string, string][] =
    selected === undefined
      ? [['score', bracketed(scoresOf(content, row))]]
      : selected.of(row).map((value, i) => [selected.keys[i]!, selectedText(selected.keys[i]!, value)]);
  if (contributions !== undefined) members.push(...explanation(contributions, content.groupCount ?? 1, row));
  return `{${members.map(([key, text]) => `"${key}": ${text}`).join(', ')}}`;
}

/** Lists of lists, one for each class, where there are classes. */
function explanation({ values, width }: Answers, groupCount: number, row: number): [string, string][] {
  const perGroup = width / groupCount;
  const groups = Array.from({ length: groupCount }, (_, group) => {
    const start = row * width + group * perGroup;
    return Array.from(values.subarray(start, start + perGroup), number);
  });
  return [
    ['contributions', bracketed(groups.map((group) => list(group.slice(0, -1))))],
    ['baseline', bracketed(groups.map((group) => group.at(-1)!))],
  ];
}

/** Labels are whole numbers, all else is not. */
function selectedText(key: SelectedKey, value: Selected): string {
  const text = key === 'predicted_label' || key === 'labels' ? wholeNumber : number;
  return typeof value === 'number' ? text(value) : list(value.map(text));
}

const wholeNumber = (value: number): string => (Number.isInteger(value) ? String(value) : number(value));

const selectedLine = ({ keys, of }: NonNullable<RowContent['selected']>, row: number): string =>
  of(row)
    .map((value, i) => {
      const text = selectedText(keys[i]!, value);
      return typeof value === 'number' ? text.replace('NaN', 'nan') : `"${text}"`;
    })
    .join(',');

function record(content: RowContent, row: number): Uint8Array {
  const { answers, selected } = content;
  const tensor = (values: readonly number[] | Float32Array): Tensor => ({
    kind: 'float32',
    values: Float32Array.from(values),
  });
  const { width } = answers;
  const label =
    selected === undefined
      ? { score: tensor(answers.values.subarray(row * width, (row + 1) * width)) }
      : Object.fromEntries(
          selected.of(row).map((value, i) => [selected.keys[i]!, tensor(typeof value === 'number' ? [value] : value)]),
        );
  return frameRecord(encodeRecord({ label }));
}
