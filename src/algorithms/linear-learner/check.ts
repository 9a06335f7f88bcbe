import { DataError } from '../../base/index.ts';
import { type CheckJob, containerPaths } from '../../contract/index.ts';
import { readChannels, readHyperparameters } from '../program/job-input.ts';
import { describeProblems, parseHyperparameters } from './hyperparameters.ts';

/** What the platform asks before it accepts a job. Loads neither formats nor learners. */
export const checkJob: CheckJob = ({ hyperparameters }) => {
  const problems = parseHyperparameters(hyperparameters).problems ?? [];
  return { problems, ...(problems.length > 0 && { message: describeProblems(problems) }) };
};

/** The same by hand: prints one line of JSON for the root's configuration; exit code 0 when nothing is wrong, else 1. */
export function check(root: string): number {
  const checked = checkRoot(root);
  process.stdout.write(`${JSON.stringify(checked)}\n`);
  return checked.problems.length > 0 ? 1 : 0;
}

function checkRoot(root: string): ReturnType<CheckJob> {
  const paths = containerPaths(root);
  try {
    return checkJob({ hyperparameters: readHyperparameters(paths), inputDataConfig: readChannels(paths) });
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    const problem = { name: 'hyperparameters.json', value: undefined, message: error.message };
    return { problems: [problem], message: error.message };
  }
}
