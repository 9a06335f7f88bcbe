// tuning: chooses the hyperparameters of the next trial, and says when trials and searches have gone on for long enough.
// It is pure: no clock, no randomness but that of a seed, no file; it knows no service and no algorithm.
// Start reading at suggest.ts.
export * from './completion.ts';
export * from './question.ts';
export * from './space.ts';
export * from './stopping/hyperband.ts';
export * from './stopping/median.ts';
export * from './suggest.ts';
