import type { Instance } from '../sagemaker/endpoint/instance.ts';

/** What InvokeEndpoint needs to know, in memory: endpoints by lower-case name. Their drivers keep it. */
export type LiveTable = Map<string, LiveEndpoint>;

export interface LiveEndpoint {
  name: string;
  region: string;
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

/** The instance with the fewest requests in flight among those that answer; undefined when none does. */
export function chooseInstance({ instances }: Route, except?: Instance): Instance | undefined {
  let idlest: Instance | undefined;
  for (const instance of instances) {
    if (instance.address === undefined || instance === except) continue;
    if (idlest === undefined || instance.inFlight < idlest.inFlight) idlest = instance;
  }
  return idlest;
}
