import type { CheckJob } from '../../contract/index.ts';
import { describeProblems } from '../program/hyperparameters/parse.ts';
import { parseHyperparameters } from './hyperparameters/hyperparameters.ts';

/** The check that the platform makes before it accepts a job. Loads neither formats nor learners. */
export const checkJob: CheckJob = ({ hyperparameters, hostCount }) => {
  const problems = parseHyperparameters(hyperparameters).problems ?? [];
  const message = [
    ...(problems.length > 0 ? [describeProblems(problems)] : []),
    ...(hostCount > 1 ? [oneHost(hostCount)] : []),
  ].join('. ');
  return {
    problems: [...problems, ...(hostCount > 1 ? [{ message: oneHost(hostCount) }] : [])],
    ...(message !== '' && { message }),
  };
};

/** Why more than one host is refused: some of the rows must not be left out in silence. */
export const oneHost = (hostCount: number): string =>
  `InstanceCount is ${hostCount}: the Linear Learner of Linnet trains on 1 instance, since its exact solvers need all rows in one place; give InstanceCount 1`;
