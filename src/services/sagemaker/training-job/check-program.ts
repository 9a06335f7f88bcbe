import { join } from 'node:path';
import type { CreateTrainingJobCommandInput } from '@aws-sdk/client-sagemaker';
import { messageOf } from '../../../base/index.ts';
import type { Call } from '../../../gateway/index.ts';
import type { Context } from '../context.ts';
import type { Algorithm } from '../images.ts';
import { layOutRoot, removeRoot } from './root.ts';

/** A check that takes longer is given up: the job itself will find what is wrong. */
const checkTimeoutMs = 10_000;
const outputMax = 1024 * 1024;

/**
 * Asks the algorithm's own program what is wrong with a request: hyperparameters and channel settings, before any
 * data is read. Empty when nothing is, or when the program cannot tell.
 */
export async function problemsOf(
  context: Context,
  algorithm: Algorithm,
  call: Pick<Call<CreateTrainingJobCommandInput>, 'input' | 'nowMs' | 'signal'>,
): Promise<string[]> {
  if (algorithm.check === undefined) return [];
  const release = await context.checks.take(call.nowMs, call.signal);
  if (release === undefined) return [];
  let lines: string[];
  try {
    lines = await runCheck(context, algorithm.check, call.input);
  } catch (cause) {
    context.log(`The check of ${algorithm.repository} could not be run: ${messageOf(cause)}`, { error: cause });
    return [];
  } finally {
    release();
  }
  const problems = readProblems(lines);
  if (problems === undefined) {
    context.log(`The check of ${algorithm.repository} gave no answer`, { output: lines.slice(-5).join('\n') });
  }
  return problems ?? [];
}

async function runCheck(
  context: Context,
  command: readonly string[],
  request: CreateTrainingJobCommandInput,
): Promise<string[]> {
  const root = join(context.dataFolder, 'checks', context.newId());
  const lines: string[] = [];
  let size = 0;
  try {
    await layOutRoot(root, request);
    const program = await context.compute.start({
      command: [...command, '--root', root],
      root,
      environment: {},
      listens: false,
      onLine(line) {
        size += line.length;
        if (size <= outputMax) lines.push(line);
      },
    });
    const cancel = context.timers.after(checkTimeoutMs, () => void program.stop(0));
    await program.exit;
    cancel();
    return lines;
  } finally {
    await removeRoot(root, (cause) => context.log(`The folder ${root} could not be removed: ${messageOf(cause)}`));
  }
}

/**
 * The problems in a check's output: its last line that is `{"problems": [{"message": "…"}, …]}`, in the program's own
 * words for all of them when it has a `message` for that. Undefined when there is no such line.
 */
export function readProblems(lines: readonly string[]): string[] | undefined {
  for (const line of [...lines].reverse()) {
    if (!line.startsWith('{')) continue;
    try {
      const { problems, message } = JSON.parse(line) as { problems?: unknown; message?: unknown };
      if (!Array.isArray(problems)) continue;
      if (problems.length > 0 && typeof message === 'string') return [message];
      return problems.map((problem: unknown) => String((problem as { message?: unknown } | null)?.message ?? problem));
    } catch {}
  }
  return undefined;
}
