import { setMaxListeners } from 'node:events';
import type { ProgramAddress } from '../../compute/index.ts';
import { type Latencies, noLatencies } from '../latencies.ts';
import type { Pool } from '../sagemaker/endpoint/scaling/pool.ts';
import type { Container } from '../sagemaker/serving/container.ts';
import type { Instance } from '../sagemaker/serving/instance.ts';
import type { AsyncRule } from './asynchronous/rule.ts';
import type { CaptureRule } from './capture/rule.ts';
import type { ExplainerRule } from './explanations.ts';
import type { VariantMeters } from './variant-meters.ts';

/** The facts that InvokeEndpoint needs, in memory: endpoints by region and lower-case name. Their drivers keep it. */
export interface LiveTable {
  get(region: string, id: string): LiveEndpoint | undefined;
  /** Keeps the counts and meters of an endpoint that is there. */
  set(region: string, id: string, endpoint: Omit<LiveEndpoint, 'region' | 'counts' | 'latencies' | 'meters'>): void;
  delete(region: string, id: string): void;
  all(): Iterable<LiveEndpoint>;
  /** Wakes the waiters: an endpoint changed, or one of its programs is up. */
  wake(): void;
  /** Aborted at the next change. */
  readonly nextChange: AbortSignal;
}

export function createLiveTable(): LiveTable {
  const endpoints = new Map<string, LiveEndpoint>();
  let change: AbortController | undefined;
  const wake = (): void => {
    const woken = change;
    change = undefined;
    woken?.abort();
  };
  return {
    get: (region, id) => endpoints.get(`${region}/${id}`),
    set(region, id, endpoint) {
      const key = `${region}/${id}`;
      const before = endpoints.get(key);
      const counts = before?.counts ?? { invocations: 0, client: 0, server: 0, unreached: 0 };
      const latencies = before?.latencies ?? noLatencies();
      endpoints.set(key, { ...endpoint, region, counts, latencies, meters: before?.meters ?? new Map() });
      wake();
    },
    delete(region, id) {
      if (endpoints.delete(`${region}/${id}`)) wake();
    },
    all: () => endpoints.values(),
    wake,
    get nextChange() {
      if (change === undefined) {
        change = new AbortController();
        setMaxListeners(0, change.signal);
      }
      return change.signal;
    },
  };
}

/** The id of an inference component in the table; no endpoint's has a slash. */
export const componentKey = (id: string): string => `component/${id}`;

export interface LiveEndpoint {
  region: string;
  /** Of an inference component, that of its endpoint. */
  name: string;
  component?: string;
  status: string;
  /** There is nothing that could serve: its variants host inference components, or it is a component without copies. */
  bare: boolean;
  /** Empty until the endpoint can serve. */
  routes: readonly Route[];
  /** Get copies of requests. */
  shadows: readonly Route[];
  counts: InvocationCounts;
  /** Of invocations that a program answered, well or not: from the request to the answer of the last container. */
  latencies: Latencies;
  /** Of the variants that were invoked. */
  meters: Map<string, VariantMeters>;
}

/** Since the server started. The last three are invocations that failed. */
export interface InvocationCounts {
  invocations: number;
  /** The program answered with a status of 400 to 499 ... */
  client: number;
  /** ... or any other but 200 to 299. */
  server: number;
  /** No program answered: it was not up, was busy, was lost or was too slow. */
  unreached: number;
}

/** The statuses in which an endpoint serves: its programs are up, or about to be. */
export const servingStatuses: readonly string[] = ['InService', 'Updating', 'RollingBack', 'UpdateRollbackFailed'];

/** Whether an endpoint that counts as in service has a program of each variant that answers. */
export const answers = ({ routes, bare }: LiveEndpoint): boolean =>
  bare ||
  // A variant whose programs rest answers once they are roused.
  (routes.length > 0 && routes.every((route) => route.pool !== undefined || chooseInstance(route) !== undefined));

export interface Route {
  variant: string;
  /** The version of the model, as answers name it. */
  model: string;
  weight: number;
  /** Each request goes to the container that it names, not through all of them. */
  direct: boolean;
  instances: readonly Instance[];
  /** Set where the number of programs follows the requests. */
  pool: Pool | undefined;
  /** Undefined where nothing is captured. */
  capture: CaptureRule | undefined;
  /** Set for a variant that answers asynchronous requests, and no others. */
  async: AsyncRule | undefined;
  /** Set where the endpoint's configuration has an ExplainerConfig. */
  explainer: ExplainerRule | undefined;
  /** State of the choice, see `chooseRoute`. */
  credit: number;
}

/**
 * The next variant by weight: smooth weighted round robin (nginx's scheme), so 3:1 goes a a b a and not a a a b, the
 * same each time. Every route earns its weight, the richest pays the sum. With all weights 0 the first is chosen.
 */
export function chooseRoute(routes: readonly Route[]): Route | undefined {
  let richest: Route | undefined;
  let sum = 0;
  for (const route of routes) {
    if (route.weight <= 0) continue;
    route.credit += route.weight;
    sum += route.weight;
    if (richest === undefined || route.credit > richest.credit) richest = route;
  }
  if (richest === undefined) return routes[0];
  richest.credit -= sum;
  return richest;
}

/** Where a request can go. */
export interface Choice {
  instance: Instance;
  /** Those that the request passes, in order; all of them answer. */
  containers: readonly Container[];
  /** Of the first of them. */
  address: ProgramAddress;
}

/** What a request says of the instance that it goes to. */
interface Wishes {
  container?: string | undefined;
  except?: ProgramAddress | undefined;
  model?: string | undefined;
}

/**
 * The instance with the fewest requests in flight among those that answer, but the one at this address; undefined when none
 * does. With a name, only the container of that name counts. One that has loaded the model comes before all others.
 */
export function chooseInstance({ instances }: Route, { container, except, model }: Wishes = {}): Choice | undefined {
  let idlest: (Choice & { holds: boolean }) | undefined;
  for (const instance of instances) {
    if (instance.resting) continue;
    const containers =
      container === undefined ? instance.containers : instance.containers.filter(({ name }) => name === container);
    const address = containers[0]?.address;
    if (address === undefined || address === except || !containers.every(isUp)) continue;
    const holds = model !== undefined && containers.some(({ models }) => models?.holds(model));
    if (
      idlest === undefined ||
      (holds && !idlest.holds) ||
      (holds === idlest.holds && instance.inFlight < idlest.instance.inFlight)
    )
      idlest = { instance, containers, address, holds };
  }
  return idlest;
}

const isUp = ({ address }: Container): boolean => address !== undefined;
