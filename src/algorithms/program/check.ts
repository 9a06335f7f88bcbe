import { DataError } from '../../base/index.ts';
import { type CheckedJob, type CheckJob, containerPaths } from '../../contract/index.ts';
import { describeProblems, type HyperparameterProblem } from './hyperparameters/parse.ts';
import { readChannels, readHosts, readHyperparameters } from './job-input.ts';

/** The answer of a `checkJob`: all problems, of hyperparameters and others, and one text of them. */
export function checkedJob(problems: readonly HyperparameterProblem[], others: readonly string[] = []): CheckedJob {
  const messages = [...(problems.length > 0 ? [describeProblems(problems)] : []), ...others];
  return {
    problems: [...problems, ...others.map((message) => ({ message }))],
    ...(messages.length > 0 && { message: messages.join('. ') }),
  };
}

/** The `check` program: prints one line of JSON for the root's configuration; exit code 0 when nothing is wrong, else 1. */
export function checkRoot(root: string, checkJob: CheckJob): number {
  const checked = checkedRoot(root, checkJob);
  process.stdout.write(`${JSON.stringify(checked)}\n`);
  return checked.problems.length > 0 ? 1 : 0;
}

function checkedRoot(root: string, checkJob: CheckJob): CheckedJob {
  const paths = containerPaths(root);
  try {
    return checkJob({
      hyperparameters: readHyperparameters(paths),
      inputDataConfig: readChannels(paths),
      hostCount: readHosts(paths).hosts.length,
    });
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    const problem = { name: 'hyperparameters.json', value: undefined, message: error.message };
    return { problems: [problem], message: error.message };
  }
}
