/** The collective of XGBoost's library: sums over the hosts of a job, by TCP, between whatever programs load the library. */
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, Unavailable } from '../../base/index.ts';
import {
  collectivePortDefault,
  collectivePortVariable,
  firstHostOf,
  hostAddressesVariable,
  type ResourceConfig,
} from '../../contract/index.ts';
import { alone, type Collective } from '../../learners/index.ts';
import { endableWork } from '../program/threads/endable-work.ts';
import type { Library } from '../xgboost/library/library.ts';
import { LibraryError } from '../xgboost/library/library-error.ts';

/** The hosts of a job, joined until they are left. */
export interface JoinedHosts {
  collective: Collective;
  /** Takes leave of the others. Call it once everything is done; a program that ends without it is lost to them. */
  leave(): void;
}

/** How long a host may take to come, */
const joinWithinMs = 300_000;
const tryEveryMs = 50;
/** and how long one may be silent: the slowest may read its rows that long. One that ends is noticed at once. */
const silentSecondsMax = 7 * 86_400;
const leaveSecondsMax = 60;

/**
 * Joins the hosts of a job; rank 0 is the first one, and the ranks follow their names. Rejects with Unavailable when a host
 * does not come, or the library has no collective; undefined where the signal came first.
 */
export async function joinHosts(
  library: Library,
  { current_host: host, hosts }: Pick<ResourceConfig, 'current_host' | 'hosts'>,
  signal: AbortSignal,
): Promise<JoinedHosts | undefined> {
  if (hosts.length === 1) return { collective: alone, leave: () => undefined };
  const { address, port } = placeOf(firstHostOf(hosts));
  const tracker =
    host === firstHostOf(hosts) ? openTracker(library, { address, port, count: hosts.length }) : undefined;
  const joining = {
    dmlc_communicator: 'rabit',
    dmlc_tracker_uri: address,
    dmlc_tracker_port: port,
    dmlc_task_id: taskOf(host),
    dmlc_retry: 1,
    dmlc_timeout: silentSecondsMax,
  };
  // Until the first host listens every try fails, and the library would say so each time.
  library.callCollective('setGlobalConfig', '{"verbosity":0}');
  for (let triedMs = 0; ; triedMs += tryEveryMs) {
    try {
      // It waits for the last host, and hears nothing meanwhile.
      const joined = endableWork(() => {
        if (signal.aborted) return false;
        library.callCollective('communicatorInit', JSON.stringify(joining));
        return true;
      });
      if (!joined) return undefined;
      break;
    } catch (error) {
      if (!(error instanceof LibraryError)) throw error;
      if (triedMs >= joinWithinMs)
        throw new Unavailable(
          `Host ${host} found no host at ${address}:${port} within ${joinWithinMs / 1000} s: ${messageOf(error)}`,
          { cause: error, retry: false },
        );
    }
    await sleep(tryEveryMs);
  }
  library.callCollective('setGlobalConfig', '{"verbosity":1}');
  return {
    collective: collectiveOf(library),
    leave() {
      lostHosts(() => library.callCollective('communicatorFinalize'));
      // It answers the others until they have left.
      if (tracker !== undefined)
        lostHosts(() => library.callCollective('trackerWait', tracker, `{"timeout":${leaveSecondsMax}}`));
    },
  };
}

/** Ranks are given in the order of these texts, in which algo-2 comes before algo-10. */
const taskOf = (host: string): string => host.replace(/\d+$/, (digits) => digits.padStart(6, '0'));

function placeOf(host: string): { address: string; port: number } {
  const text = process.env[hostAddressesVariable];
  const addresses = (text ? JSON.parse(text) : {}) as Readonly<Record<string, string>>;
  const port = Number(process.env[collectivePortVariable] || collectivePortDefault);
  return { address: addresses[host] ?? host, port };
}

/** What the hosts call first, and which tells them of each other. */
function openTracker(
  library: Library,
  { address, port, count }: { address: string; port: number; count: number },
): unknown {
  const tracker = [null];
  const byTask = 1;
  const config = {
    dmlc_communicator: 'rabit',
    n_workers: count,
    host: address,
    port,
    timeout: joinWithinMs / 1000,
    sortby: byTask,
  };
  try {
    library.callCollective('trackerCreate', JSON.stringify(config), tracker);
    library.callCollective('trackerRun', tracker[0], '{}');
  } catch (error) {
    if (!(error instanceof LibraryError)) throw error;
    throw new Unavailable(`The first host cannot listen at ${address}:${port} for the others: ${messageOf(error)}`, {
      cause: error,
      retry: true,
    });
  }
  return tracker[0];
}

/** Numbers of the library's interface. */
const float64 = 2;
const operations = { max: 0, sum: 2 } as const;

const collectiveOf = (library: Library): Collective => ({
  rank: library.callCollective('communicatorRank'),
  size: library.callCollective('communicatorSize'),
  allReduce(values, how = 'sum') {
    if (values.length > 0)
      lostHosts(() => library.callCollective('allReduce', values, values.length, float64, operations[how]));
  },
  broadcast(bytes, from) {
    if (bytes.length > 0) lostHosts(() => library.callCollective('broadcast', bytes, bytes.length, from));
  },
});

/** Does what needs the other hosts. Throws Unavailable when one is lost. */
function lostHosts<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw error instanceof LibraryError && error.isOfHosts ? lostHost(error) : error;
  }
}

/** What the library means when it says that a host does not answer: the job may go well another time. */
export const lostHost = (cause: LibraryError): Unavailable =>
  new Unavailable(`Another host of the job ended or does not answer any more: ${cause.message}`, {
    cause,
    retry: true,
  });
