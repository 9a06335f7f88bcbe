import type { CheckJob } from '../../contract/index.ts';
import { checkedJob } from '../program/check.ts';
import { parseHyperparameters } from './hyperparameters/hyperparameters.ts';

/** The check that the platform makes before it accepts a job. Loads neither formats nor learners. */
export const checkJob: CheckJob = ({ hyperparameters }) =>
  checkedJob(parseHyperparameters(hyperparameters).problems ?? []);
