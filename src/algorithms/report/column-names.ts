/** What the host may tell a program about its columns, for the report: their names, and what was decided about them. */
import { readFileSync } from 'node:fs';
import type { ContainerPaths } from '../../contract/index.ts';
import type { Decision, Warning } from '../../reports/index.ts';

export interface ColumnNames {
  of(column: number): string;
  label: string | null;
  classes: readonly string[];
  decisions: readonly Decision[];
  /** Of all features; null where nobody named them. */
  list(featureCount: number): string[] | null;
  /** What a reader should know before the figures, as `linnet train` found it by cross-validation. */
  notes: readonly Warning[];
  /** The validation channel is a test: it chose nothing. */
  isTest: boolean;
}

/** From input/config/columns.json; without it columns are numbered from 1, the label's not counted. */
export function readColumnNames(paths: ContainerPaths): ColumnNames {
  const given = readGiven(paths.columns);
  const names = textsOf(given.columns);
  const of = (column: number): string => names[column] ?? `column ${column + 1}`;
  return {
    of,
    list: (featureCount) =>
      names.length === 0 ? null : Array.from({ length: featureCount }, (_, column) => of(column)),
    label: typeof given.label === 'string' ? given.label : null,
    classes: textsOf(given.classes),
    decisions: (Array.isArray(given.decisions) ? given.decisions : []).map(decisionOf),
    notes: textsOf(given.notes).map((text) => ({ kind: 'cross-validation', text })),
    isTest: given.validationIsTest === true,
  };
}

const textsOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

const decisionOf = ({ column, decision, why }: Record<keyof Decision, unknown>): Decision => ({
  column: String(column ?? ''),
  decision: String(decision ?? ''),
  why: String(why ?? ''),
});

/** Names only label what is shown: without a readable file there are none. */
function readGiven(
  path: string,
): Partial<Record<'columns' | 'label' | 'classes' | 'decisions' | 'notes' | 'validationIsTest', unknown>> {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return {};
  }
}
