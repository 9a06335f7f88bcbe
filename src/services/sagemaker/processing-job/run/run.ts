import { join } from 'node:path';
import { messageOf, Unavailable } from '../../../../base/index.ts';
import { exitMessageLengthMax, failureReasonLengthMax } from '../../../../contract/index.ts';
import type { Context } from '../../context.ts';
import { imageToRun } from '../../find-image.ts';
import { foreignOf } from '../../foreign-program.ts';
import type { Algorithm } from '../../images.ts';
import type { JobAttempt, JobResult, JobWork } from '../../jobs/driving/drive-job.ts';
import { haltOf } from '../../jobs/driving/halting.ts';
import { firstFault, type PipeChannel } from '../../jobs/pipe-mode/pipe-channel.ts';
import { faultReason } from '../../jobs/programs/fault-reason.ts';
import { decisiveEnd, type Member, type MemberEnd, runGang } from '../../jobs/programs/gang.ts';
import { type HostLogs, openHostLogs } from '../../jobs/programs/host-logs.ts';
import { outcomeOf } from '../../jobs/programs/outcome.ts';
import { readFailure, removeRoot } from '../../jobs/programs/program-root.ts';
import { processingImageOf } from '../../script-mode.ts';
import { hostsOf, maxRuntimeSecondsDefault, processingLogGroup, requestOf } from '../record.ts';
import { type HostFiles, makeHostFiles } from './host-files.ts';
import { storeOutputs } from './outputs.ts';

/** Where the roots of all hosts are. */
export const processingFolder = ({ dataFolder }: Context): string => join(dataFolder, 'processing');

export const processingWork: JobWork = {
  kind: 'processing-job',
  maxRuntimeSeconds: (body) => requestOf(body).StoppingCondition?.MaxRuntimeInSeconds ?? maxRuntimeSecondsDefault,
  roleOf: async (_, body) => requestOf(body).RoleArn,
  run: runProcessing,
};

/** Runs a job's program on each of its hosts, from the download of its inputs to the upload of its outputs. */
async function runProcessing(context: Context, attempt: JobAttempt): Promise<JobResult> {
  const id = context.newId();
  const places = hostsOf(requestOf(attempt.body)).map((name) => ({
    name,
    root: join(processingFolder(context), `${id}-${name}`),
  }));
  const opened: PipeChannel[] = [];
  try {
    return await runOn(context, attempt, places, opened);
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
    await closeAll(opened);
    for (const { root } of places)
      await removeRoot(root, (cause) => context.log(`The folder ${root} could not be removed: ${messageOf(cause)}`));
  }
}

async function runOn(
  context: Context,
  attempt: JobAttempt,
  places: readonly { name: string; root: string }[],
  opened: PipeChannel[],
): Promise<JobResult> {
  const { body, halted } = attempt;
  const algorithm = await imageToRun(context, processingImageOf(requestOf(body)));
  const logs = openHostLogs(context, {
    group: processingLogGroup,
    job: body.name,
    hosts: places.map(({ name }) => name),
  });
  try {
    await logs.create();
    const hosts: HostFiles[] = [];
    for (const place of places) hosts.push(await makeHostFiles(context, attempt, { ...place, opened }));
    halted.throwIfAborted();
    if (algorithm.note !== undefined) await logs.say(algorithm.note);
    const ends = await runGang(context, await membersOf(context, attempt, { algorithm, hosts, logs })).finally(() =>
      closeAll(opened),
    );
    const last = decisiveEnd(await Promise.all(ends.map((end) => withWords(end, hosts))));
    const outcome = outcomeOf(last.exit, haltOf(halted), {
      failure: last.failure,
      line: last.lastLine,
      host: hosts.length > 1 ? last.name : undefined,
    });
    await storeOutputs(hosts, { done: outcome.type === 'completed', logs });
    const message = last.message || (await firstMessage(hosts));
    return { ...outcome, ...(message !== '' && { exitMessage: message }) };
  } finally {
    // A client that sees the terminal status finds all log lines.
    await logs.flush();
  }
}

interface Parts {
  algorithm: Algorithm;
  hosts: readonly HostFiles[];
  logs: HostLogs;
}

/** The programs of all hosts. */
async function membersOf(
  { compute }: Context,
  { body, halted, stopping }: JobAttempt,
  { algorithm, hosts, logs }: Parts,
): Promise<Member[]> {
  const { AppSpecification, Environment, NetworkConfig, ProcessingResources } = requestOf(body);
  const { ContainerEntrypoint = [], ContainerArguments = [] } = AppSpecification ?? {};
  const names = hosts.map(({ name }) => name);
  const addresses = names.length > 1 ? await compute.addressesOf(names) : undefined;
  const region = { AWS_REGION: body.region, AWS_DEFAULT_REGION: body.region };
  return hosts.map(({ name, root, pipes, outputs }) => ({
    name,
    command: [...(algorithm.entry ?? []), ...ContainerEntrypoint, ...ContainerArguments],
    root,
    environment: { ...algorithm.environment, ...region, ...Environment },
    settings: algorithm.settings ?? {},
    foreign: foreignOf(algorithm, {
      network: NetworkConfig?.EnableNetworkIsolation !== true,
      entrypoint: AppSpecification?.ContainerEntrypoint,
      instanceType: ProcessingResources?.ClusterConfig?.InstanceType,
      hostName: name,
    }),
    host: addresses && { name, ...addresses },
    logs: logs.of({ name }),
    metrics: [],
    halted,
    stopping,
    unfed: firstFault(pipes),
    begun: () => outputs.start((text) => void logs.of({ name }).line(text)),
  }));
}

/** What a program left to be said: its message, and the reason of its failure. */
async function withWords(end: MemberEnd, hosts: readonly HostFiles[]) {
  const { paths } = hosts.find(({ name }) => name === end.name)!;
  const message = await readFailure(paths.message, exitMessageLengthMax);
  const failure = message.trim() === '' ? await readFailure(paths.failure, failureReasonLengthMax) : message;
  return { ...end, message, failure };
}

/** The message of the first host that left one; empty when none did. */
async function firstMessage(hosts: readonly HostFiles[]): Promise<string> {
  for (const { paths } of hosts) {
    const message = await readFailure(paths.message, exitMessageLengthMax);
    if (message !== '') return message;
  }
  return '';
}

const closeAll = (pipes: readonly PipeChannel[]) => Promise.all(pipes.map((pipe) => pipe.close()));
