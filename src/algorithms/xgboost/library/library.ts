/** XGBoost's shared library, loaded by koffi. */
import { createRequire } from 'node:module';
import { messageOf, Unavailable } from '../../../base/index.ts';
import { LibraryError } from './library-error.ts';
import {
  type CheckedName,
  type CollectiveName,
  checkedPrototypes,
  collectivePrototypes,
  functionOf,
  type PlainName,
  plainPrototypes,
} from './symbols.ts';

type Call = (...values: unknown[]) => unknown;

/** The part of koffi that is used: it is optional, and so are its types. */
interface Koffi {
  load(path: string): { func(prototype: string): Call };
  address(memory: ArrayBufferView): bigint;
  view(pointer: unknown, byteCount: number): ArrayBuffer;
}

export interface Library {
  readonly path: string;
  /** Such as `3.0.5`. */
  readonly version: string;
  /** Calls a function of the library. Throws LibraryError with what it says is wrong. */
  call(name: CheckedName, ...values: unknown[]): void;
  /** The same of those for several hosts. Returns what the function does. Throws Unavailable where the library has none. */
  callCollective(name: CollectiveName, ...values: unknown[]): number;
  /** Memory as an array interface in JSON (numpy's `__array_interface__`), by which the library reads it. */
  interfaceOf(values: Float32Array | Uint32Array, shape: readonly number[]): string;
  /** A copy of memory that the library owns and uses again. */
  copy(pointer: unknown, byteCount: number): ArrayBuffer;
}

/** The version that Linnet supports in full: that of Amazon's newest image. */
export const fullVersion = '3.0';

const require = createRequire(import.meta.url);

/** The libraries that are open, by path. A library is never unloaded. */
const opened = new Map<string, Library>();

/**
 * Loads the library. Throws Unavailable when koffi or the file is missing, or when it lacks a function. Idle threads of
 * OpenMP would spin and cost others ten times the work; the library reads that setting when it is loaded.
 */
export function openLibrary(path: string): Library {
  const known = opened.get(path);
  if (known !== undefined) return known;
  process.env.OMP_WAIT_POLICY ??= 'passive';
  const koffi = loadKoffi();
  const functions = bind(koffi, path);
  const { lastError } = functions.plain;
  const version = versionOf(functions.plain.version);
  const library: Library = {
    path,
    version,
    call(name, ...values) {
      if (functions.checked[name](...values) !== 0) throw new LibraryError(String(lastError()));
    },
    callCollective(name, ...values) {
      const run = functions.collective[name];
      if (run === undefined)
        throw new Unavailable(
          `The XGBoost library of version ${version} cannot train on several hosts: it has no ${functionOf(collectivePrototypes[name])}; type: linnet image add xgboost`,
          { retry: false },
        );
      const answer = run(...values) as number;
      if (answer !== 0 && !countingNames.includes(name)) throw new LibraryError(String(lastError()));
      return answer;
    },
    interfaceOf(values, shape) {
      const typestr = values instanceof Float32Array ? '<f4' : '<u4';
      return JSON.stringify({ data: [Number(koffi.address(values)), true], shape, typestr, version: 3 });
    },
    copy: (pointer, byteCount) => (byteCount === 0 ? new ArrayBuffer(0) : koffi.view(pointer, byteCount).slice(0)),
  };
  opened.set(path, library);
  return library;
}

/** Of these the answer is no error. */
const countingNames: readonly CollectiveName[] = ['communicatorRank', 'communicatorSize'];

/** The environment variable in which a host gives the path of the library. */
export const libraryVariable = 'LINNET_XGBOOST_LIBRARY';

/** The library that the host gave this program. Throws Unavailable where it gave none. */
export function hostLibrary(): Library {
  const path = process.env[libraryVariable];
  if (path) return openLibrary(path);
  throw new Unavailable(
    `XGBoost's library is not there: run linnet image add xgboost, or name it in ${libraryVariable}`,
    {
      retry: false,
    },
  );
}

function loadKoffi(): Koffi {
  try {
    return require('koffi') as Koffi;
  } catch (cause) {
    throw new Unavailable('The package koffi, which loads libraries, is not installed: run npm install koffi', {
      cause,
      retry: false,
    });
  }
}

interface Functions {
  plain: Readonly<Record<PlainName, Call>>;
  checked: Readonly<Record<CheckedName, Call>>;
  collective: Readonly<Partial<Record<CollectiveName, Call>>>;
}

function bind(koffi: Koffi, path: string): Functions {
  let handle: ReturnType<Koffi['load']>;
  try {
    handle = koffi.load(path);
  } catch (cause) {
    throw new Unavailable(`The XGBoost library "${path}" cannot be loaded: ${messageOf(cause)}`, {
      cause,
      retry: false,
    });
  }
  const missing: string[] = [];
  const all = <Name extends string>(prototypes: Readonly<Record<Name, string>>): Record<Name, Call> => {
    const found = Object.entries<string>(prototypes).map(([name, prototype]): [string, Call] => {
      try {
        return [name, handle.func(prototype)];
      } catch {
        missing.push(functionOf(prototype));
        return [name, () => -1];
      }
    });
    return Object.fromEntries(found) as Record<Name, Call>;
  };
  const some = (): Functions['collective'] =>
    Object.fromEntries(
      Object.entries<string>(collectivePrototypes).flatMap(([name, prototype]): [string, Call][] => {
        try {
          return [[name, handle.func(prototype)]];
        } catch {
          return [];
        }
      }),
    );
  const functions = { plain: all(plainPrototypes), checked: all(checkedPrototypes), collective: some() };
  if (missing.length === 0) return functions;
  const isOther = missing.includes(functionOf(plainPrototypes.version));
  const lacks = isOther ? 'it is a library of something else' : `it has no ${missing.join(', ')}`;
  throw new Unavailable(`"${path}" is no XGBoost library that Linnet can use: ${lacks}. Use version ${fullVersion}.x`, {
    retry: false,
  });
}

function versionOf(version: Call): string {
  const [major, minor, patch] = [[0], [0], [0]];
  version(major, minor, patch);
  return `${major[0]}.${minor[0]}.${patch[0]}`;
}
