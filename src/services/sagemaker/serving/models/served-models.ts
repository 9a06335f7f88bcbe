import { createHash } from 'node:crypto';
import type { Agent } from 'node:http';
import { join } from 'node:path';
import { DataError, messageOf, ServiceError, Unavailable } from '../../../../base/index.ts';
import type { ProgramAddress } from '../../../../compute/index.ts';
import { invocationTimeoutMs, modelsPath, noMemoryStatus } from '../../../../contract/index.ts';
import type { Objects } from '../../../../store/index.ts';
import { pause, type Timers } from '../../../timers.ts';
import { removeTree } from '../../files/remove-tree.ts';
import { sendInvocation } from '../container-client.ts';
import { type ContainerAnswer, ContainerFailure } from '../container-failure.ts';
import { fetchModel } from './fetch-model.ts';

/** The models that a program of a multi-model endpoint has loaded, each fetched when it is asked for first. */
export interface ServedModels {
  holds(target: string): boolean;
  /** Those that its program has loaded. */
  readonly count: number;
  /** Loads a model that is not loaded. Throws AWS's refusals for one that is missing or takes too long, and ContainerFailure. */
  use(target: string): Promise<ModelUse | ModelRefusal>;
}

/** Until `end` the model stays loaded. */
export interface ModelUse {
  path: string;
  end(): void;
}

/** What the program said instead of loading it. */
export interface ModelRefusal {
  refusal: ContainerAnswer;
}

export type ModelMetric =
  | 'ModelLoadingWaitTime'
  | 'ModelDownloadingTime'
  | 'ModelLoadingTime'
  | 'ModelUnloadingTime'
  | 'ModelCacheHit';

export interface ServedModelsOptions {
  objects: Objects;
  timers: Timers;
  log(text: string): void;
  /** Hears what is measured, by Amazon's names: microseconds, and a 1 or 0 for each request that found its model loaded or not. */
  measure(metric: ModelMetric, value: number): void;
  /** A clock for durations. */
  steadyMs(): number;
  /** Where the archives lie in S3. */
  prefix: string;
  /** False: a model is unloaded when no request uses it. */
  cached: boolean;
  /** The container's folder, the server's own, and the root that its program sees. */
  folder: string;
  root: string;
  program: { readonly address: ProgramAddress | undefined; readonly seenRoot: string; readonly agent: Agent };
  /** Aborted when the container ends. */
  signal: AbortSignal;
}

/** Amazon's limit on loading a model. */
const loadTimeoutMs = 360_000;
/** The files of one program's models may have so many bytes; Amazon's default volume. */
const diskBytesMax = 30 * 1024 ** 3;

interface Entry {
  target: string;
  name: string;
  /** Of its files; 0 until they are there. */
  bytes: number;
  /** The program that has loaded it, which is another one after a restart. */
  loadedBy: ProgramAddress | undefined;
  users: number;
  ready: Promise<ModelRefusal | undefined>;
}

export function servedModels(options: ServedModelsOptions): ServedModels {
  const { objects, timers, log, measure, steadyMs, prefix, cached, folder, root, program, signal } = options;
  /** The least recently used comes first. */
  const entries = new Map<string, Entry>();
  let lastNumber = 0;

  const ask = (method: string, path: string, order?: object): Promise<ContainerAnswer> => {
    const { address, agent } = program;
    if (address === undefined) throw new ContainerFailure('lost', 'the program ended');
    return sendInvocation({
      address,
      agent,
      method,
      path,
      headers: order === undefined ? {} : { 'content-type': 'application/json' },
      body: Buffer.from(order === undefined ? '' : JSON.stringify(order)),
      signal: () => signal,
      timeoutMs: loadTimeoutMs,
    });
  };
  /** Whether the program that runs now has loaded it. */
  const isHeld = ({ loadedBy }: Entry): boolean => loadedBy !== undefined && loadedBy === program.address;
  const folderOf = ({ name }: Entry): string => join(root, 'models', name);

  /** Measures how long a piece of work took that came to an end. */
  const timed = async <Value>(metric: ModelMetric, work: () => Promise<Value>): Promise<Value> => {
    const startedMs = steadyMs();
    const value = await work();
    measure(metric, Math.round((steadyMs() - startedMs) * 1000));
    return value;
  };

  /** Unloads it and removes its files. */
  const evict = async (entry: Entry): Promise<void> => {
    if (entries.get(entry.target) === entry) entries.delete(entry.target);
    try {
      if (isHeld(entry)) await timed('ModelUnloadingTime', () => ask('DELETE', `${modelsPath}/${entry.name}`));
    } catch (cause) {
      log(`The model ${entry.target} could not be unloaded: ${messageOf(cause)}`);
    }
    await removeTree(folderOf(entry)).catch((cause: unknown) =>
      log(`The files of the model ${entry.target} could not be removed: ${messageOf(cause)}`),
    );
  };
  /** Evicts the model that was not used for the longest time; false where all are in use. */
  const evictOldest = async (except: Entry): Promise<boolean> => {
    const oldest = [...entries.values()].find((entry) => entry !== except && entry.users === 0);
    if (oldest === undefined) return false;
    await evict(oldest);
    return true;
  };

  const bring = async (entry: Entry): Promise<void> => {
    const model = {
      prefix,
      target: entry.target,
      staging: join(folder, `fetched-${entry.name}`),
      folder: folderOf(entry),
    };
    for (;;) {
      try {
        entry.bytes = await timed('ModelDownloadingTime', () => fetchModel(objects, model, signal));
        break;
      } catch (cause) {
        // The disk is full.
        if (!(cause instanceof Unavailable && (await evictOldest(entry)))) throw cause;
      }
    }
    while (sumOf(entries.values()) > diskBytesMax && (await evictOldest(entry)));
  };
  const load = async (entry: Entry): Promise<ModelRefusal | undefined> => {
    try {
      if (entry.bytes === 0) await bring(entry);
    } catch (cause) {
      if (!(cause instanceof DataError)) throw cause;
      return { refusal: { status: 400, headers: {}, body: Buffer.from(cause.message) } };
    }
    const order = { model_name: entry.name, url: join(program.seenRoot, 'models', entry.name, 'model') };
    for (;;) {
      const { address } = program;
      const answer = await timed('ModelLoadingTime', () => ask('POST', modelsPath, order));
      entry.loadedBy = address;
      if (isLoaded(answer)) return undefined;
      if (answer.status !== noMemoryStatus || !(await evictOldest(entry))) return { refusal: answer };
    }
  };
  /** The entry of a model, on its way to being loaded. */
  const begin = (target: string): Entry => {
    lastNumber += 1;
    const name = `${createHash('sha256').update(target).digest('hex').slice(0, 32)}-${lastNumber}`;
    const entry: Entry = { target, name, bytes: 0, loadedBy: undefined, users: 0, ready: Promise.resolve(undefined) };
    start(entry);
    return entry;
  };
  const start = (entry: Entry): void => {
    const forget = (): Promise<void> => {
      entry.loadedBy = undefined;
      return evict(entry);
    };
    entry.ready = load(entry).then(
      async (refused) => {
        if (refused !== undefined) await forget();
        return refused;
      },
      async (cause: unknown) => {
        await forget();
        throw cause;
      },
    );
    // Whoever asked may have gone.
    entry.ready.catch(() => undefined);
  };
  const end = (entry: Entry): void => {
    entry.users -= 1;
    if (!cached && entry.users === 0) void evict(entry);
  };

  return {
    holds: (target) => entries.has(target),
    get count() {
      return [...entries.values()].filter(isHeld).length;
    },
    async use(target) {
      const known = entries.get(target);
      const isHit = known !== undefined && isHeld(known);
      measure('ModelCacheHit', isHit ? 1 : 0);
      const entry = known ?? begin(target);
      if (entry.loadedBy !== undefined && entry.loadedBy !== program.address) {
        entry.loadedBy = undefined;
        start(entry);
      }
      entries.delete(target);
      entries.set(target, entry);
      entry.users += 1;
      try {
        const ready = () => inTime(entry.ready, timers, target);
        const refused = isHit ? await ready() : await timed('ModelLoadingWaitTime', ready);
        if (refused === undefined) return { path: `${modelsPath}/${entry.name}/invoke`, end: () => end(entry) };
        entry.users -= 1;
        return refused;
      } catch (thrown) {
        entry.users -= 1;
        throw thrown;
      }
    },
  };
}

/** 409: it is loaded already. */
const isLoaded = ({ status }: ContainerAnswer): boolean => (status >= 200 && status <= 299) || status === 409;

const sumOf = (entries: Iterable<Entry>): number => [...entries].reduce((sum, { bytes }) => sum + bytes, 0);

/** Loading goes on when a request has waited for as long as it may. */
async function inTime<Value>(work: Promise<Value>, timers: Timers, target: string): Promise<Value> {
  const over = new AbortController();
  const late = pause(timers, invocationTimeoutMs, over.signal).then(() => {
    throw new ServiceError(
      'ModelNotReadyException',
      `The model ${target} is still being loaded after ${invocationTimeoutMs / 1000} seconds; try again`,
    );
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    over.abort();
  }
}
