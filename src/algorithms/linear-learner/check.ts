import type { CheckJob } from '../../contract/index.ts';
import { checkedJob } from '../program/check.ts';
import { parseHyperparameters } from './hyperparameters/hyperparameters.ts';
import { objectiveProblem } from './tuning.ts';

/** The check that the platform makes before it accepts a job. Loads neither formats nor learners. */
export const checkJob: CheckJob = ({ hyperparameters, inputDataConfig, hostCount }) => {
  const objective = objectiveProblem(hyperparameters, Object.keys(inputDataConfig));
  return checkedJob(parseHyperparameters(hyperparameters).problems ?? [], [
    ...(hostCount > 1 ? [oneHost(hostCount)] : []),
    ...(objective === undefined ? [] : [objective]),
  ]);
};

/** Why more than one host is refused: some of the rows must not be left out in silence. */
export const oneHost = (hostCount: number): string =>
  `InstanceCount is ${hostCount}: the Linear Learner of Linnet trains on 1 instance, since its exact solvers need all rows in one place; give InstanceCount 1`;
