import type { Space, Values } from './space.ts';

export type Strategy = 'Random' | 'Grid' | 'Bayesian' | 'Hyperband';

/** A trial of this search, or of an earlier one. */
export interface Tried {
  values: Values;
  /** Less is better. Undefined for one that runs, and for one that ended without an objective. */
  loss?: number;
  /** Ended without an objective. */
  failed?: boolean;
}

export interface Question {
  strategy: Strategy;
  space: Space;
  seed: number;
  /** All trials of this search so far, in the order in which they began. */
  tried: readonly Tried[];
  /** Results of earlier searches in the same space, search by search. */
  earlier?: readonly (readonly Tried[])[];
  /** Whether losses of earlier searches compare with those of this one; else only with those of the same search. */
  sameScale?: boolean;
}
