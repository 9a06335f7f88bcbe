import {
  bindPortDefault,
  bindPortVariable,
  containerRootDefault,
  containerRootVariable,
} from '../../contract/index.ts';
import type { MachineLimits } from '../compute.ts';
import { sacrificeScore } from '../process-table.ts';
import type { Engine } from './state.ts';

/** The label of every container that we make: the root that it was made for. */
export const rootLabel = 'linnet.root';

/** A container as it is made; nothing of it depends on the engine. */
export interface ContainerPlan {
  name: string;
  root: string;
  image: string;
  /** What follows the image; the first `entrypointWords` of them replace its entrypoint. */
  command: readonly string[];
  entrypointWords: number;
  environment: ContainerEnvironment;
  hostName?: string | undefined;
  limits?: MachineLimits | undefined;
  /** The port of this machine at which the program answers; undefined for one that does not. */
  port: number | undefined;
  /** One that answers on a port has a network in any case. */
  network: boolean;
}

/** Processes and threads of one container, where the engine counts them: a program that starts itself without end stops there. */
const processesMax = 8192;

/** The words that make an engine create a container. */
export function createArguments(engine: Engine, plan: ContainerPlan): string[] {
  const { name, root, image, command, entrypointWords, environment, hostName, port, network } = plan;
  const entrypoint = command.slice(0, entrypointWords);
  return [
    'create',
    ...['--name', name],
    ...['--label', `${rootLabel}=${root}`],
    // What fetches images is the operator's decision alone.
    ...['--pull', 'never'],
    // What it prints is read as it comes; the engine need not keep it as well.
    ...['--log-driver', 'none'],
    ...['--security-opt', 'no-new-privileges'],
    ...['--oom-score-adj', sacrificeScore],
    ...['--volume', `${root}:${containerRootDefault}${engine.labelsFiles ? ':Z' : ''}`],
    ...(hostName === undefined ? [] : ['--hostname', hostName, '--add-host', `${hostName}:127.0.0.1`]),
    ...networkArguments(port, network),
    ...limitArguments(engine, plan.limits),
    // Podman would hand on the proxies of our own environment, and the passwords in them.
    ...(engine.kind === 'podman' ? ['--http-proxy=false'] : []),
    ...(environment.file === undefined ? [] : ['--env-file', environment.file]),
    ...environment.words.flatMap((word) => ['--env', word]),
    ...['--env', `${containerRootVariable}=${containerRootDefault}`],
    ...(port === undefined ? [] : ['--env', `${bindPortVariable}=${bindPortDefault}`]),
    ...(entrypoint.length === 0 ? [] : [entrypointArgument(engine, entrypoint)]),
    '--',
    image,
    // Docker takes one word as an entrypoint; the others are arguments to it.
    ...(engine.kind === 'podman' ? command.slice(entrypointWords) : command.slice(Math.min(1, entrypointWords))),
  ];
}

/** Podman reads what begins with [ as JSON, so that is how it gets all. */
const entrypointArgument = ({ kind }: Engine, words: readonly string[]): string =>
  `--entrypoint=${kind === 'podman' ? JSON.stringify(words) : words[0]}`;

function networkArguments(port: number | undefined, network: boolean): string[] {
  if (port !== undefined) return ['--publish', `127.0.0.1:${port}:${bindPortDefault}`];
  return network ? [] : ['--network', 'none'];
}

/** Limits that the engine has no means for would be an error of some and a warning of others. */
function limitArguments({ limits: can }: Engine, limits: MachineLimits | undefined): string[] {
  return [
    ...(can.processes ? ['--pids-limit', String(processesMax)] : []),
    ...(limits !== undefined && can.processors ? ['--cpus', String(limits.processors)] : []),
    ...(limits !== undefined && can.memory ? ['--memory', `${limits.memoryBytes}b`] : []),
    // Programs that pass batches between their processes need more than the usual 64 MB; only what is used counts.
    ...(limits === undefined ? [] : ['--shm-size', `${Math.floor(limits.memoryBytes / 2)}b`]),
  ];
}

/** The environment of a container, in the two ways that commands of engines take one. */
export interface ContainerEnvironment {
  /** A file of NAME=VALUE lines, which other users of the machine cannot read. */
  file: string | undefined;
  /** NAME=VALUE words, which they can. */
  words: readonly string[];
}

/** A value that every version of both engines reads from a line as it is. */
const plainValue = /^[\w./+=:@%,~-]*$/;

/** Divides an environment: as much as goes into lines of a file, and the others, such as JSON and texts of several lines. */
export function dividedEnvironment(environment: Readonly<Record<string, string>>): {
  lines: string[];
  words: string[];
} {
  const entries = Object.entries(environment).map(([name, value]) => ({ text: `${name}=${value}`, value }));
  return {
    lines: entries.filter(({ value }) => plainValue.test(value)).map(({ text }) => text),
    words: entries.filter(({ value }) => !plainValue.test(value)).map(({ text }) => text),
  };
}
