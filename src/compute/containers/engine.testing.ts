import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { EngineKind } from './state.ts';

/** A container engine of this machine with an image of its own, for tests. */
export interface TestEngine {
  kind: EngineKind;
  /** Why there is none. */
  skip: string | false;
  command: string;
  /** Calls it, and returns what it printed. */
  ask(...args: string[]): string;
  close(): void;
}

/** The name of its image: a system with sh, a few commands, Node, and a user of its own. */
export const testImage = 'localhost/linnet-test:1';
export const testUser = 1234;

/** The engines to test: Podman, and with LINNET_TEST_DOCKER=1 the Docker that answers here. `programs`: see below. */
export const openTestEngines = (programs?: Readonly<Record<string, string>>): TestEngine[] => [
  openTestPodman(programs),
  ...(process.env.LINNET_TEST_DOCKER === '1' ? [openTestDocker(programs)] : []),
];

/** Podman needs no daemon, and can have a store of its own. `programs` are scripts that lie on the PATH of its image. */
function openTestPodman(programs: Readonly<Record<string, string>> = {}): TestEngine {
  const real = pathOf('podman');
  if (real === '') return absent('podman', 'the package podman is not installed');
  const folder = mkdtempSync(join(tmpdir(), 'linnet-podman-'));
  const command = writePodman(folder, real);
  const close = (): void => {
    spawnSync(command, ['rm', '--all', '--force', '--time', '0']);
    spawnSync(command, ['rmi', '--all', '--force']);
    // Podman mounts the folder of its layers on itself.
    spawnSync('umount', [join(folder, 'store', 'overlay')]);
    // An ordinary user's layers have files of numbers that only a namespace of Podman may remove.
    if (process.getuid?.() !== 0) spawnSync(command, ['unshare', 'rm', '-rf', join(folder, 'store')]);
    rmSync(folder, { recursive: true, force: true });
  };
  const problem = importImage(command, folder, programs) ?? tryImage(command);
  if (problem === undefined) return { kind: 'podman', skip: false, command, ask: askOf(command), close };
  close();
  return absent('podman', `Podman runs no container on this machine: ${problem}`);
}

function openTestDocker(programs: Readonly<Record<string, string>> = {}): TestEngine {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-docker-'));
  const problem = importImage('docker', folder, programs) ?? tryImage('docker');
  rmSync(folder, { recursive: true, force: true });
  if (problem !== undefined) return absent('docker', `Docker runs no container on this machine: ${problem}`);
  const close = (): void => void spawnSync('docker', ['rmi', '--force', testImage]);
  return { kind: 'docker', skip: false, command: 'docker', ask: askOf('docker'), close };
}

const askOf =
  (command: string): TestEngine['ask'] =>
  (...args) =>
    spawnSync(command, args, { encoding: 'utf8' }).stdout.trim();

const absent = (kind: EngineKind, skip: string): TestEngine => ({
  kind,
  skip,
  command: '',
  ask: () => '',
  close: () => undefined,
});

/**
 * Podman with settings with which it also runs inside sandboxes: limits that nobody has to raise, an OCI runtime that knows
 * old control groups, and a store in a folder.
 */
function writePodman(folder: string, real: string): string {
  const conf = join(folder, 'containers.conf');
  const runtime = spawnSync('runc', ['--version']).status === 0 ? '\nruntime = "runc"' : '';
  writeFileSync(
    conf,
    `[engine]${runtime}\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]\n`,
  );
  const store = ['--root', join(folder, 'store'), '--runroot', join(folder, 'run'), '--tmpdir', join(folder, 'tmp')];
  const command = join(folder, 'bin', 'podman');
  mkdirSync(dirname(command));
  writeFileSync(command, `#!/bin/sh\nCONTAINERS_CONF=${conf} exec ${real} ${store.join(' ')} "$@"\n`, { mode: 0o755 });
  return command;
}

/** Commands of this machine that the image's programs may use. */
const commands = ['sh', 'cat', 'chown', 'id', 'ln', 'mv', 'sleep'];

/** Makes the image of files of this machine: no registry is asked. Returns what went wrong. */
function importImage(command: string, folder: string, programs: Readonly<Record<string, string>>): string | undefined {
  const system = join(folder, 'system');
  for (const file of [process.execPath, ...commands.map(pathOf)]) {
    put(system, file, file === process.execPath ? '/usr/bin/node' : `/usr/bin/${file.split('/').at(-1)}`);
    for (const library of librariesOf(file)) put(system, library, library);
  }
  for (const name of ['tmp', 'etc', 'opt']) mkdirSync(join(system, name), { recursive: true });
  symlinkSync('usr/bin', join(system, 'bin'));
  chmodSync(join(system, 'tmp'), 0o1777);
  for (const [name, text] of Object.entries(programs))
    writeFileSync(join(system, 'usr/bin', name), text, { mode: 0o755 });
  const packed = spawnSync('tar', ['--create', '--directory', system, '--file', join(folder, 'system.tar'), '.']);
  if (packed.status !== 0) return String(packed.stderr);
  const changes = ['WORKDIR /opt/ml', 'ENV PATH=/usr/bin', `USER ${testUser}`, 'CMD ["process"]'].flatMap((each) => [
    '--change',
    each,
  ]);
  const made = spawnSync(command, ['import', ...changes, join(folder, 'system.tar'), testImage], { encoding: 'utf8' });
  return made.status === 0 ? undefined : lastLine(made.stderr);
}

function tryImage(command: string): string | undefined {
  const tried = spawnSync(command, ['run', '--rm', '--network', 'none', testImage, 'sh', '-c', 'exit 7'], {
    encoding: 'utf8',
  });
  return tried.status === 7 ? undefined : lastLine(tried.stderr);
}

const pathOf = (name: string): string =>
  spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim();

const librariesOf = (file: string): string[] =>
  [...spawnSync('ldd', [file], { encoding: 'utf8' }).stdout.matchAll(/(?:=> )?(\/\S+) \(/g)].map(([, path]) => path!);

function put(system: string, from: string, to: string): void {
  const path = join(system, to);
  if (existsSync(path)) return;
  mkdirSync(dirname(path), { recursive: true });
  copyFileSync(from, path);
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';
