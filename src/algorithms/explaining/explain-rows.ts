/** Explanations of rows in Linnet's own form: see docs/explanations.md. */
import {
  contributionsByColumn,
  type OutsideColumn,
  outsideByColumn,
  type ScoreParts,
  sumsOf,
  type Trust,
  trustOf,
} from '../../learners/index.ts';
import type { AnyRows, ExplainedModel } from './explained-model.ts';
import type { ExplainedColumns } from './names.ts';

export interface RowExplanation extends Omit<Trust, 'set'> {
  /** Of several classes the one that is explained: the likeliest. */
  class?: number | string;
  /** Of two classes that of class 1. */
  unit: 'log-odds' | 'score';
  baseline: number;
  /** What each column adds to it, most first; those that add nothing are left out. */
  contributions: { column: string; value: number }[];
  set?: { level: number; classes: (number | string)[]; from: string };
  /** Columns whose values lie outside the range of the training rows. */
  outside?: OutsideColumn[];
  /** The same, and values that no training row had, in words. */
  notes?: string[];
}

export interface ExplainedRow {
  parts: ScoreParts;
  explanation: RowExplanation;
}

/** A model, and what its rows are counted from. */
export interface Explainer {
  model: ExplainedModel;
  partsOf: (rows: AnyRows) => ScoreParts[];
}

/** `notes` are what is known of each row beside its features. */
export function explainRows(
  { model: { explanations, predictionsOf, unit }, partsOf }: Explainer,
  rows: AnyRows,
  columns: ExplainedColumns,
  notes: readonly (readonly string[])[] | undefined,
): ExplainedRow[] {
  const predictions = explanations.task === 'regression' ? predictionsOf(rows) : [];
  return partsOf(rows).map((parts, row) => {
    const scores = sumsOf(parts);
    const output = scores.indexOf(Math.max(...scores));
    const { set, ...trust } = trustOf(explanations, scores, predictions[row] ?? Number.NaN);
    const nameOf = (index: number): number | string => columns.classes[index] ?? index;
    const outside = outsideByColumn(explanations, valuesOf(rows, row), columns);
    const said = [...(notes?.[row] ?? []), ...outside.map(noteOf)];
    return {
      parts,
      explanation: {
        ...(scores.length > 1 && { class: nameOf(output) }),
        unit,
        baseline: parts.baselines[output]!,
        contributions: contributionsByColumn(parts, output, columns),
        ...trust,
        ...(set && { set: { ...set, classes: set.classes.map(nameOf) } }),
        ...(outside.length > 0 && { outside }),
        ...(said.length > 0 && { notes: said }),
      },
    };
  });
}

const fourDigits = (value: number): string => String(Number(value.toPrecision(4)));

const noteOf = ({ column, value, low, high }: OutsideColumn): string =>
  `${column} is ${fourDigits(value)}; nearly all training rows lie from ${fourDigits(low)} to ${fourDigits(high)}`;

/** The value of a feature in a row; NaN where a sparse row does not name it. */
function valuesOf(rows: AnyRows, row: number): (feature: number) => number {
  if ('features' in rows) return (feature) => rows.features[row * rows.featureCount + feature]!;
  const named = new Map<number, number>();
  for (let at = rows.rowStart[row]!; at < rows.rowStart[row + 1]!; at++) named.set(rows.columns[at]!, rows.values[at]!);
  return (feature) => named.get(feature) ?? Number.NaN;
}
