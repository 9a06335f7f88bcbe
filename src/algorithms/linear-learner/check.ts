import { DataError } from '../../base/index.ts';
import { containerPaths } from '../../contract/index.ts';
import { readHyperparameters } from '../program/job-input.ts';
import { describeProblems, type HyperparameterProblem, parseHyperparameters } from './hyperparameters.ts';

/**
 * Checks the hyperparameters below a root before any data are there. Prints one line of JSON, `{"problems": [...]}`
 * with `message` for all of them together; exit code 0 when there are none, else 1. Starts in well under 100 ms, since
 * it loads neither formats nor learners.
 */
export function check(root: string): number {
  const problems = problemsOf(root);
  const message = problems.length > 0 ? { message: describeProblems(problems) } : {};
  process.stdout.write(`${JSON.stringify({ problems, ...message })}\n`);
  return problems.length > 0 ? 1 : 0;
}

function problemsOf(root: string): readonly HyperparameterProblem[] {
  try {
    return parseHyperparameters(readHyperparameters(containerPaths(root))).problems ?? [];
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return [{ name: 'hyperparameters.json', value: undefined, message: error.message }];
  }
}
