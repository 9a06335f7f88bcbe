import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Unavailable } from '../../base/index.ts';
import type { ProgramExit } from '../compute.ts';
import { ask } from './client.ts';
import { type ContainerPlan, createArguments, dividedEnvironment, rootLabel } from './create-arguments.ts';
import type { Engine } from './state.ts';

/** How long a command that looks at or removes a container may take. */
const commandTimeoutMs = 60_000;
/** Some stores copy the whole image for each container. */
const createTimeoutMs = 300_000;

/** One root has one container at a time. */
export const containerName = (root: string): string =>
  `linnet-${createHash('sha256').update(root).digest('hex').slice(0, 20)}`;

/** Makes a container that can be started. Throws Unavailable with what the engine says. */
export async function createContainer(
  engine: Engine,
  plan: Omit<ContainerPlan, 'environment'>,
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  const { lines, words } = dividedEnvironment(environment);
  const folder = mkdtempSync(join(tmpdir(), 'linnet-container-'));
  try {
    const file = join(folder, 'environment');
    writeFileSync(file, lines.map((line) => `${line}\n`).join(''), { mode: 0o600 });
    const args = createArguments(engine, { ...plan, environment: { file, words } });
    const { code, fault } = await ask(engine.command, args, createTimeoutMs);
    if (code !== 0)
      throw new Unavailable(`${engine.title} cannot make a container of the image ${plan.image}: ${fault}`, {
        retry: false,
      });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What is known of a container after its program has ended. */
export interface ContainerEnd {
  exit: ProgramExit;
  /** It wanted more memory than it may have. */
  outOfMemory: boolean;
}

/** Code of a program that SIGKILL ended, as engines and shells say it. */
const killedCode = 137;

/** How the program of a container ended. `clientCode` is what the command that started it ended with. */
export async function endOf(engine: Engine, name: string, clientCode: number | null): Promise<ContainerEnd> {
  const format = '{{.State.ExitCode}} {{.State.OOMKilled}}';
  const { code, out } = await ask(engine.command, ['inspect', '--format', format, name], commandTimeoutMs);
  const [stateCode = '', outOfMemory] = out.trim().split(' ');
  // A program that could not be started leaves 0 with Podman, while its client says why.
  const exitCode = (code === 0 && Number(stateCode)) || clientCode;
  return {
    exit: exitCode === killedCode ? { code: null, signal: 'SIGKILL' } : { code: exitCode ?? 1, signal: null },
    outOfMemory: outOfMemory === 'true',
  };
}

/** Removes a container, running or not; true when there is none of this name any more. */
export async function removeContainer(engine: Engine, name: string): Promise<boolean> {
  const { code, fault } = await ask(engine.command, ['rm', '--force', '--volumes', name], commandTimeoutMs);
  return code === 0 || /no such container|no container with/i.test(fault);
}

/** Asks the engine to send a signal to a container's program; false while it does not run. */
export const signalContainer = async (engine: Engine, name: string, signal: NodeJS.Signals): Promise<boolean> =>
  (await ask(engine.command, ['kill', '--signal', signal, name], commandTimeoutMs)).code === 0;

/** The containers that were made for a root, with their images. Throws Unavailable when the engine does not say. */
export async function containersOf(engine: Engine, root: string): Promise<{ id: string; image: string }[]> {
  const { code, out, fault } = await ask(
    engine.command,
    ['ps', '--all', '--format', '{{.ID}} {{.Image}}', '--filter', `label=${rootLabel}=${root}`],
    commandTimeoutMs,
  );
  if (code !== 0) throw new Unavailable(`${engine.title} does not list its containers: ${fault}`);
  return out
    .split('\n')
    .map((line) => line.split(' '))
    .flatMap(([id = '', image = '']) => (id === '' ? [] : [{ id, image }]));
}

/**
 * Lets every user of a container read its root and put files into every folder of it. On this machine nobody else can: the
 * folders above it are the server's own.
 */
export function openToAll(path: string): void {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const below = join(path, entry.name);
    if (entry.isDirectory()) openToAll(below);
    // A file may be linked to one that other programs read: nobody gets the right to write into it.
    else if (!entry.isSymbolicLink()) chmodSync(below, (statSync(below).mode & 0o777) | 0o444);
  }
  chmodSync(path, 0o777);
}

/**
 * Removes links that lie in a root itself, where only folders of ours were: one in the place of `output` would lead whoever reads
 * what the program left to other files of this machine.
 */
export function removeTopLinks(root: string): void {
  for (const entry of readdirSync(root, { withFileTypes: true }))
    if (entry.isSymbolicLink()) unlinkSync(join(root, entry.name));
}
