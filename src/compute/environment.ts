import { join } from 'node:path';
import { bindSocketVariable, containerRootVariable, stopWithParentVariable } from '../contract/index.ts';
import type { Program } from './compute.ts';

/**
 * Variables with which a caller of the API could make a runtime load code of his own. In a container of its own that
 * harms nobody; a child process has the server's rights.
 */
const loaderVariable = /^(NODE_|LD_|DYLD_|GCONV_|OPENSSL_)/;

/** The names of the program's variables that are kept from it. */
export const withheldVariables = (program: Program): string[] =>
  Object.keys(program.environment).filter((name) => loaderVariable.test(name));

/** The whole environment of a program: a minimal one, its own variables, and the contract's, which nothing overrides. */
export function environmentOf(program: Program, socketPath: string | undefined): Record<string, string> {
  const own = Object.entries(program.environment).filter(([name]) => !loaderVariable.test(name));
  return {
    ...minimalEnvironment(),
    HOME: program.root,
    TMPDIR: temporaryFolder(program.root),
    ...Object.fromEntries(own),
    [containerRootVariable]: program.root,
    [stopWithParentVariable]: '1',
    ...(socketPath === undefined ? {} : { [bindSocketVariable]: socketPath }),
  };
}

/** What every program gets of the server's own environment. */
export function minimalEnvironment(): Record<string, string> {
  const { PATH = '/usr/local/bin:/usr/bin:/bin', LANG = 'C.UTF-8', TZ } = process.env;
  return { PATH, LANG, ...(TZ === undefined ? {} : { TZ }) };
}

export const temporaryFolder = (root: string): string => join(root, 'tmp');
