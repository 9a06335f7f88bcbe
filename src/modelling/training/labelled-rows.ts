/** Some rows of a table, each with its label and with what it is for: the same ones in every pass. */
import type { Cell, LabelDecision, Table } from '../../tables/index.ts';
import { labelReader } from '../../tables/index.ts';
import { foldsOf } from './folds.ts';

/** How rows are shared out. */
export interface Split {
  seed: number;
  /** One of so many parts is the test, which nothing is learned from; 0 for none. */
  testParts: number;
  /** Of the rows that are not the test, so many folds. */
  foldCount: number;
  /** Of the rows that are not the test, this share takes part in folds. */
  foldShare: number;
}

/** The test; or a row to learn from with its fold, -1 where it has none. */
export interface Part {
  isTest: boolean;
  fold: number;
  /** Of the rows to learn from, those that stop a training early: one in seven. */
  isStopper: boolean;
}

export interface LabelledRow {
  cells: readonly Cell[];
  label: number;
  part: Part;
}

const stopperParts = 7;

/** Rows without a label, or with one that is none of the classes, are passed over. */
export function partsOf(split: Split, label: LabelDecision): (label: number) => Part {
  const { seed, testParts, foldCount, foldShare } = split;
  const groupOf = (value: number): number => (label.task === 'regression' ? 0 : value);
  const test = testParts > 0 ? foldsOf(testParts, seed) : undefined;
  const fold = foldsOf(foldCount, seed + 1);
  const stopper = foldsOf(stopperParts, seed + 2);
  let credit = 0;
  return (value) => {
    const group = groupOf(value);
    if (test?.(group) === 0) return { isTest: true, fold: -1, isStopper: false };
    // Evenly over the rows, so that as many as were asked for take part.
    credit += foldShare;
    const takesPart = credit >= 1;
    if (takesPart) credit -= 1;
    return { isTest: false, fold: takesPart ? fold(group) : -1, isStopper: stopper(group) === 0 };
  };
}

/** A pass over the rows that have a label. */
export async function* labelledRows(table: Table, label: LabelDecision, split: Split): AsyncGenerator<LabelledRow[]> {
  const labelOf = labelReader(label, table.columns);
  const partOf = partsOf(split, label);
  for await (const { rows } of table.chunks()) {
    const taken: LabelledRow[] = [];
    for (const cells of rows) {
      const value = labelOf(cells);
      if (!Number.isNaN(value)) taken.push({ cells, label: value, part: partOf(value) });
    }
    yield taken;
  }
}
