import { parentPort, workerData } from 'node:worker_threads';
import type { CheckJob, JobToCheck } from '../../../../contract/index.ts';

// The thread behind openJobChecks: loads the modules of the algorithms and answers one question at a time. A module may
// make it hang or die; its owner then starts another.

export interface CheckQuestion {
  /** URL of the algorithm's module. */
  module: string;
  job: JobToCheck;
}

/** The problems, or why there is no answer. */
export type CheckAnswer = { problems: string[] } | { fault: string };

const load = async (module: string): Promise<CheckJob> => ((await import(module)) as { checkJob: CheckJob }).checkJob;

async function answer({ module, job }: CheckQuestion): Promise<CheckAnswer> {
  try {
    const { problems, message } = (await load(module))(job);
    if (problems.length > 0 && message !== undefined) return { problems: [message] };
    return { problems: problems.map((problem) => problem.message) };
  } catch (error) {
    return { fault: String((error as Error)?.stack ?? error) };
  }
}

parentPort?.on('message', (question: CheckQuestion) => {
  void answer(question).then((said) => parentPort?.postMessage(said));
});
// Modules are loaded ahead; one that cannot be loaded says so when it is asked.
for (const module of workerData as string[]) load(module).catch(() => undefined);
