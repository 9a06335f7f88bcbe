/** What `linnet tune` varies of each algorithm. */
import type { Space } from '../../tuning/index.ts';
import type { Candidate } from './candidates.ts';

/** Penalties of the Linear Learner come from the data where they are not set: they are searched only when tuning is asked for. */
const linear: Space = [
  { name: 'wd', kind: 'continuous', min: 1e-7, max: 1, scale: 'logarithmic' },
  { name: 'l1', kind: 'continuous', min: 1e-7, max: 1, scale: 'logarithmic' },
];

const boosted: Space = [
  { name: 'eta', kind: 'continuous', min: 0.01, max: 0.3, scale: 'logarithmic' },
  { name: 'max_depth', kind: 'integer', min: 2, max: 10, scale: 'linear' },
  { name: 'min_child_weight', kind: 'continuous', min: 0.5, max: 30, scale: 'logarithmic' },
  { name: 'subsample', kind: 'continuous', min: 0.5, max: 1, scale: 'linear' },
  { name: 'colsample_bytree', kind: 'continuous', min: 0.3, max: 1, scale: 'linear' },
  { name: 'lambda', kind: 'continuous', min: 0.01, max: 30, scale: 'logarithmic' },
];

export const spaceOf = ({ algorithm }: Candidate): Space => (algorithm === 'xgboost' ? boosted : linear);

/** A candidate with other hyperparameters, named after them. */
export function variantOf(candidate: Candidate, values: Readonly<Record<string, string>>, trial: number): Candidate {
  return {
    ...candidate,
    name: `${candidate.name} #${trial}`,
    hyperparameters: { ...candidate.hyperparameters, ...values },
  };
}
