declare module '*.css';

/** What the algorithms check hyperparameters by; see tools/console.mjs. */
declare module 'linnet:hyperparameters' {
  export interface Hyperparameter {
    name: string;
    kind: 'integer' | 'real' | 'boolean' | 'text' | 'choice';
    words?: readonly string[];
    range?: { min?: number; max?: number; above?: number; below?: number };
    default?: string;
    optional?: boolean;
    appliesTo: 'all' | readonly string[];
    origin: 'amazon' | 'linnet' | 'internal' | 'obsolete';
    meaning: string;
  }
  export const tables: Readonly<Record<'linear-learner' | 'xgboost', readonly Hyperparameter[]>>;
  export function parseByTable(
    table: readonly Hyperparameter[],
    given: Readonly<Record<string, string>>,
    algorithm: string,
  ): { problems: readonly { name: string; value: string | undefined; message: string }[] };
}
