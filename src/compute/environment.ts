import { delimiter, join } from 'node:path';
import {
  bindPortVariable,
  bindSocketVariable,
  collectivePortVariable,
  containerRootVariable,
  hostAddressesVariable,
  stopWithParentVariable,
} from '../contract/index.ts';
import type { HostAddresses, Program } from './compute.ts';

/**
 * Variables with which a caller of the API could make a runtime load the caller's code. In a container that
 * harms nobody; a child process has the server's rights.
 */
const loaderVariable = /^(NODE_|LD_|DYLD_|GCONV_|OPENSSL_|LINNET_)/;

/** The root of each program, by which it is known after a crash of the server. */
export const programRootVariable = 'LINNET_PROGRAM_ROOT';

/** The names of the program's variables that are kept from it. */
export const withheldVariables = (program: Program): string[] =>
  Object.keys(program.environment).filter((name) => loaderVariable.test(name));

/** The whole environment of a program: a minimal one, its own variables, and the contract's, which nothing overrides. */
export function environmentOf(
  program: Program,
  listening: Listening | undefined,
  /** The path under which the program sees its root. */
  seenRoot = program.root,
): Record<string, string> {
  const minimal = minimalEnvironment();
  const own = Object.entries(program.environment).filter(([name]) => !loaderVariable.test(name));
  return {
    ...minimal,
    PATH: [...(program.foreign?.path ?? []), minimal.PATH].join(delimiter),
    HOME: seenRoot,
    TMPDIR: temporaryFolder(seenRoot),
    ...Object.fromEntries(own),
    ...program.settings,
    ...(program.host && hostVariables(program.host)),
    [containerRootVariable]: seenRoot,
    [programRootVariable]: program.root,
    [stopWithParentVariable]: '1',
    ...(listening?.socketPath === undefined ? {} : { [bindSocketVariable]: listening.socketPath }),
    ...(listening?.port === undefined ? {} : { [bindPortVariable]: String(listening.port) }),
  };
}

/** By which a program of ours finds the other hosts. */
const hostVariables = ({ addresses, port }: HostAddresses): Record<string, string> => ({
  [hostAddressesVariable]: JSON.stringify(addresses),
  [collectivePortVariable]: String(port),
});

/** Where a program is to listen: one of the two. */
export interface Listening {
  socketPath?: string;
  port?: number;
}

/** The variables of the server's own environment that every program gets. */
export function minimalEnvironment(): Record<string, string> & { PATH: string } {
  const { PATH = '/usr/local/bin:/usr/bin:/bin', LANG = 'C.UTF-8', TZ } = process.env;
  return { PATH, LANG, ...(TZ === undefined ? {} : { TZ }) };
}

export const temporaryFolder = (root: string): string => join(root, 'tmp');

/** The environment of a container engine's command: the user's own, which says where the engine is, without our keys. */
export const engineEnvironment = (): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('LINNET_')));
