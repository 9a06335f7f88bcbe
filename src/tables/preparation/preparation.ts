import type { Decisions, LabelDecision, Plan } from '../decisions/decision.ts';

/** How raw rows become the features that a model was trained on: see docs/preparation.md. */
export interface Preparation {
  format: 'linnet-preparation';
  version: 1;
  label: Omit<LabelDecision, 'why'>;
  /** The columns that are used, in the order of their features. */
  columns: readonly PreparedColumn[];
  /** Columns of the training table that are not used: rows may have them, or not. */
  leftOut: readonly { column: string; why: string }[];
}

export type PreparedColumn = { column: string } & Plan;

/** One number of a prepared row. */
export interface Feature {
  name: string;
  /** The column that it is made of. */
  column: string;
}

export function preparationOf({ label: { why: _, ...label }, columns }: Decisions): Preparation {
  const used: PreparedColumn[] = [];
  const leftOut: { column: string; why: string }[] = [];
  for (const decision of columns) {
    if (decision.as === 'left out') leftOut.push({ column: decision.column, why: decision.why });
    else {
      const { why: _why, isAsked: _isAsked, ...prepared } = decision;
      used.push(prepared);
    }
  }
  return { format: 'linnet-preparation', version: 1, label, columns: used, leftOut };
}

/** The features in their order. */
export const featuresOf = ({ columns }: Pick<Preparation, 'columns'>): Feature[] =>
  columns.flatMap((column) => namesOf(column).map((name) => ({ name, column: column.column })));

function namesOf(prepared: PreparedColumn): string[] {
  const { column } = prepared;
  const missing = `${column} (missing)`;
  switch (prepared.as) {
    case 'number':
      return [prepared.log ? `log(1 + ${column})` : column, ...(prepared.indicator ? [missing] : [])];
    case 'category':
      return [
        ...prepared.levels.map((level) => `${column}=${level}`),
        ...(prepared.other ? [`${column} (other)`] : []),
        ...(prepared.missing ? [missing] : []),
      ];
    case 'ordinal':
      return [column, ...(prepared.indicator ? [missing] : [])];
    case 'date':
      return [...prepared.parts.map((part) => `${column} (${part})`), ...(prepared.indicator ? [missing] : [])];
    default:
      return Array.from({ length: prepared.buckets }, (_, at) => `${column} #${at}`);
  }
}
