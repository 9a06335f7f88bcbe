import type { JsonObject } from '../../../base/index.ts';
import type { Lifecycle } from '../history.ts';
import type { ContainerPlan } from '../model/container-plan.ts';

/*
 *   Creating ── started ──▶ InService ── update-requested ──▶ Updating ── updated ───────▶ InService (new deployment)
 *      │                      │    │                             └─────── update-failed ─▶ InService (old deployment)
 *      └─ failed ─▶ Failed ◀──┘    │
 *                     └────────────┴── delete-requested ──▶ Deleting ──▶ (the record is removed)
 *
 * Creating and Updating take no request; Failed only takes delete-requested. InService becomes Failed when the server
 * was started again and the programs cannot be.
 */

export type EndpointEvent = { atMs: number } & (
  | { type: 'created'; deployment: Deployment }
  | { type: 'started' }
  | { type: 'failed'; reason: string }
  | { type: 'update-requested'; deployment: Deployment; deploymentConfig?: JsonObject }
  | { type: 'updated' }
  | { type: 'update-failed'; reason: string }
  | { type: 'delete-requested' }
);

/** All an endpoint needs to run, copied from its configuration and models: those may be deleted meanwhile. */
export type Deployment = { configName: string; variants: VariantPlan[] };

/** The plan of a variant is that of its first container too. */
export type VariantPlan = ContainerPlan & {
  name: string;
  modelName: string;
  /** The containers after the first. */
  others?: ContainerPlan[];
  /** Each request goes to the container that it names, not through all of them. */
  direct?: true;
  /** No network for a program that is not ours (EnableNetworkIsolation). */
  isolated?: boolean;
  instanceType?: string;
  weight: number;
  instanceCount: number;
  serverless?: JsonObject;
  /** The DataCaptureConfig of the endpoint's configuration. */
  capture?: JsonObject;
  startupTimeoutMs: number;
};

export const containersOf = (plan: VariantPlan): ContainerPlan[] => [plan, ...(plan.others ?? [])];

export const endpointStatuses = ['Creating', 'InService', 'Updating', 'Deleting', 'Failed'] as const;
export type EndpointStatus = (typeof endpointStatuses)[number];

export interface EndpointState {
  status: EndpointStatus;
  /** The deployment that serves, or is about to. */
  deployment: Deployment;
  /** The deployment that an update is changing to. */
  pending: Deployment | undefined;
  /** The options of the last update. */
  deploymentConfig: JsonObject | undefined;
  /** When the newest deployment began to serve. */
  resolvedMs: number;
  modifiedMs: number;
  failureReason: string | undefined;
}

const follows: Readonly<Record<Exclude<EndpointEvent['type'], 'created'>, readonly EndpointStatus[]>> = {
  started: ['Creating'],
  failed: ['Creating', 'InService'],
  'update-requested': ['InService'],
  updated: ['Updating'],
  'update-failed': ['Updating'],
  'delete-requested': ['InService', 'Failed'],
};

/** The state after an event, or undefined when the event cannot happen in this state. */
export function next(state: EndpointState | undefined, event: EndpointEvent): EndpointState | undefined {
  const { atMs } = event;
  if (event.type === 'created') {
    if (state !== undefined) return undefined;
    return {
      status: 'Creating',
      deployment: event.deployment,
      pending: undefined,
      deploymentConfig: undefined,
      resolvedMs: atMs,
      modifiedMs: atMs,
      failureReason: undefined,
    };
  }
  if (state === undefined || !follows[event.type].includes(state.status)) return undefined;
  const changed = { ...state, modifiedMs: atMs };
  switch (event.type) {
    case 'started':
      return { ...changed, status: 'InService', resolvedMs: atMs };
    case 'failed':
      return { ...changed, status: 'Failed', failureReason: event.reason };
    case 'update-requested':
      return {
        ...changed,
        status: 'Updating',
        pending: event.deployment,
        deploymentConfig: event.deploymentConfig ?? state.deploymentConfig,
        failureReason: undefined,
      };
    case 'updated':
      return {
        ...changed,
        status: 'InService',
        deployment: state.pending ?? state.deployment,
        pending: undefined,
        resolvedMs: atMs,
      };
    case 'update-failed':
      return { ...changed, status: 'InService', pending: undefined, failureReason: event.reason };
    case 'delete-requested':
      return { ...changed, status: 'Deleting' };
  }
}

export const endpointLifecycle: Lifecycle<EndpointState, EndpointEvent> = { kind: 'endpoint', next };
