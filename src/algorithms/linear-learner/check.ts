import type { CheckJob } from '../../contract/index.ts';
import { checkedJob } from '../program/check.ts';
import { parseHyperparameters } from './hyperparameters/hyperparameters.ts';
import { problemsOnHosts } from './on-hosts.ts';
import { objectiveProblem } from './tuning.ts';

/** The check that the platform makes before it accepts a job. Loads neither formats nor learners. */
export const checkJob: CheckJob = ({ hyperparameters, inputDataConfig, hostCount }) => {
  const objective = objectiveProblem(hyperparameters, Object.keys(inputDataConfig));
  return checkedJob(parseHyperparameters(hyperparameters).problems ?? [], [
    ...problemsOnHosts(inputDataConfig, hostCount),
    ...(objective === undefined ? [] : [objective]),
  ]);
};
