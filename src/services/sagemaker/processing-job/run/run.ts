import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, Unavailable } from '../../../../base/index.ts';
import type { Context } from '../../context.ts';
import { imageToRun } from '../../find-image.ts';
import type { JobAttempt, JobResult, JobWork } from '../../jobs/drive-job.ts';
import { faultReason } from '../../jobs/fault-reason.ts';
import { haltOf } from '../../jobs/halting.ts';
import { outcomeOf } from '../../jobs/outcome.ts';
import { removeRoot } from '../../jobs/program-root.ts';
import { processingImageOf } from '../../script-mode.ts';
import { hostsOf, maxRuntimeSecondsDefault, requestOf } from '../record.ts';
import { type HostEnd, openHost, type ProcessingHost } from './host.ts';

/** Where the roots of all hosts are. */
export const processingFolder = ({ dataFolder }: Context): string => join(dataFolder, 'processing');

export const processingWork: JobWork = {
  kind: 'processing-job',
  maxRuntimeSeconds: (body) => requestOf(body).StoppingCondition?.MaxRuntimeInSeconds ?? maxRuntimeSecondsDefault,
  run: runProcessing,
};

/** Runs a job's program on each of its hosts, from the download of its inputs to the upload of its outputs. */
async function runProcessing(context: Context, attempt: JobAttempt): Promise<JobResult> {
  const roots: string[] = [];
  const hosts: ProcessingHost[] = [];
  try {
    return await runOn(context, attempt, roots, hosts);
  } catch (thrown) {
    const halt = haltOf(attempt.halted);
    const job = `processing job "${attempt.body.name}"`;
    if (halt !== undefined) {
      // The halt itself, or an abort that it caused.
      if (thrown !== halt) context.log(`The halted ${job} ended otherwise: ${messageOf(thrown)}`, { halt });
      return outcomeOf({ code: null, signal: 'SIGTERM' }, halt, { failure: '', line: '' });
    }
    if (thrown instanceof Unavailable && thrown.retry) throw thrown;
    return { type: 'failed', reason: faultReason(thrown, context, job) };
  } finally {
    await Promise.all(hosts.map((host) => host.close()));
    const onError = (cause: unknown): void => context.log(`A folder could not be removed: ${messageOf(cause)}`);
    for (const root of roots) await removeRoot(root, onError);
  }
}

async function runOn(
  context: Context,
  attempt: JobAttempt,
  roots: string[],
  hosts: ProcessingHost[],
): Promise<JobResult> {
  const request = requestOf(attempt.body);
  const algorithm = await imageToRun(context, processingImageOf(request));
  for (const name of hostsOf(request)) {
    const root = join(processingFolder(context), context.newId());
    await mkdir(root, { recursive: true, mode: 0o700 });
    roots.push(root);
    hosts.push(await openHost(context, attempt, { name, algorithm, root }));
  }
  attempt.halted.throwIfAborted();
  const ends = await runAll(hosts, attempt.halted);
  const failed = ends.find(({ exit }) => exit.code !== 0);
  const last = failed ?? ends[0]!;
  const outcome = outcomeOf(last.exit, haltOf(attempt.halted), last.words);
  for (const host of hosts) await host.storeOutputs(outcome.type === 'completed');
  const message = [last, ...ends].find((end) => end.message !== '')?.message;
  return { ...outcome, ...(message !== undefined && { exitMessage: message }) };
}

/** The ends of all hosts in the order in which they came. When one fails, the others are ended: their work is in vain. */
async function runAll(hosts: readonly ProcessingHost[], halted: AbortSignal): Promise<HostEnd[]> {
  const over = new AbortController();
  const ends: HostEnd[] = [];
  const ended = AbortSignal.any([halted, over.signal]);
  const runs = hosts.map(async (host) => {
    try {
      const end = await host.run(ended);
      ends.push(end);
      if (end.exit.code !== 0) over.abort();
    } catch (thrown) {
      over.abort();
      throw thrown;
    }
  });
  const results = await Promise.allSettled(runs);
  const thrown = results.find((result) => result.status === 'rejected');
  if (thrown !== undefined) throw thrown.reason;
  return ends;
}
