import { setMaxListeners } from 'node:events';
import type { ProgramAddress } from '../../compute/index.ts';
import type { Instance } from '../sagemaker/serving/instance.ts';

/** The facts that InvokeEndpoint needs, in memory: endpoints by region and lower-case name. Their drivers keep it. */
export interface LiveTable {
  get(region: string, id: string): LiveEndpoint | undefined;
  set(region: string, id: string, endpoint: LiveEndpoint): void;
  delete(region: string, id: string): void;
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
      endpoints.set(`${region}/${id}`, endpoint);
      wake();
    },
    delete(region, id) {
      if (endpoints.delete(`${region}/${id}`)) wake();
    },
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

export interface LiveEndpoint {
  name: string;
  status: string;
  /** Empty until the endpoint can serve. */
  routes: readonly Route[];
}

export interface Route {
  variant: string;
  weight: number;
  instances: readonly Instance[];
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

/** The instance with the fewest requests in flight among those that answer, but at this address; undefined when none does. */
export function chooseInstance({ instances }: Route, except?: ProgramAddress): Instance | undefined {
  let idlest: Instance | undefined;
  for (const instance of instances) {
    if (instance.address === undefined || instance.address === except) continue;
    if (idlest === undefined || instance.inFlight < idlest.inFlight) idlest = instance;
  }
  return idlest;
}
