/** One hyperparameter of an algorithm as data: a form, a JSON description or a check can be derived from a table of them. */
export interface Hyperparameter<Applied extends string = string> {
  name: string;
  kind: 'choice' | 'integer' | 'real' | 'boolean' | 'text';
  /** As text; undefined where the user must give it, or where it is optional. */
  default: string | undefined;
  /** It need not be given: the algorithm then decides by itself. */
  optional?: true;
  /** All values of a choice; words that a number or boolean accepts besides. */
  words?: readonly string[];
  /** Of numbers. An absent end is open. */
  range?: Range;
  /** The cases it is for, such as types of predictors. */
  appliesTo: 'all' | readonly Applied[];
  /** `internal` and `obsolete` ones are accepted and have no effect; `linnet` ones are ours. */
  origin: 'amazon' | 'internal' | 'obsolete' | 'linnet';
  meaning: string;
}

export interface Range {
  min?: number;
  max?: number;
  /** The end itself is not allowed. */
  above?: number;
  below?: number;
}

/** The defaults in the table's order, without those that only the user can give. */
export const defaultsOf = (table: readonly Hyperparameter[]): Record<string, string> =>
  Object.fromEntries(
    table
      .filter(({ origin }) => origin !== 'obsolete')
      .flatMap((entry) => (entry.default === undefined ? [] : [[entry.name, entry.default]])),
  );
