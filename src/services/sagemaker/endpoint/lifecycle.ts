import type { DeploymentConfig } from '@aws-sdk/client-sagemaker';
import type { JsonObject } from '../../../base/index.ts';
import type { Lifecycle } from '../history.ts';
import type { Deployment } from './deployment.ts';
import { rollbackStagesOf, type Stage, stagesOf } from './rollout/stages.ts';

/*
 *   Creating ── started ──▶ InService ── update-requested ──▶ Updating ── updated ─────────▶ InService (new deployment)
 *      │                      │    │                          │  ⟲ stage-reached
 *      │                      │    │                          ├── update-failed ───────────▶ InService (old deployment)
 *      │                      │    │                          └── rollback-started ─▶ RollingBack   ⟲ stage-reached
 *      │                      │    │                                                  ├── rolled-back ─────▶ InService (old)
 *      └─ failed ─▶ Failed ◀──┘    │                                                  └── rollback-failed ─▶ UpdateRollbackFailed
 *                     └────────────┴── delete-requested ──▶ Deleting ──▶ (the record is removed)
 *
 * Creating, Updating and RollingBack take no request; Failed only takes delete-requested. UpdateRollbackFailed serves what the last
 * stage served, old and new programs beside each other, and takes the requests that InService takes. Both become Failed when the
 * server was started again and the programs cannot be.
 */

export type EndpointEvent = { atMs: number } & (
  | { type: 'created'; deployment: Deployment; deploymentConfig?: JsonObject }
  | { type: 'started' }
  | { type: 'failed'; reason: string }
  | { type: 'update-requested'; deployment: Deployment; deploymentConfig?: JsonObject }
  /** Written before requests are sent by it; of the update, or of the rollback. */
  | { type: 'stage-reached'; stage: number }
  | { type: 'updated' }
  /** No stage was reached. */
  | { type: 'update-failed'; reason: string }
  | { type: 'rollback-started'; reason: string }
  | { type: 'rolled-back' }
  | { type: 'rollback-failed'; reason: string }
  | { type: 'delete-requested' }
);

export const endpointStatuses = [
  'Creating',
  'InService',
  'Updating',
  'RollingBack',
  'UpdateRollbackFailed',
  'Deleting',
  'Failed',
] as const;
export type EndpointStatus = (typeof endpointStatuses)[number];

export interface EndpointState {
  status: EndpointStatus;
  /** The deployment that serves, or is about to, where no update is under way. */
  deployment: Deployment;
  update: Update | undefined;
  /** The options of the last update that had some. */
  deploymentConfig: JsonObject | undefined;
  /** When the newest deployment began to serve. */
  resolvedMs: number;
  modifiedMs: number;
  failureReason: string | undefined;
}

/** An update under way, or its rollback. */
export interface Update {
  to: Deployment;
  config: DeploymentConfig | undefined;
  startedMs: number;
  /** The last stage that was reached, -1 before the first; of the update, and of its rollback. */
  stage: number;
  stageMs: number;
  rollbackStage: number;
}

/** The stages that are still to come: of the rollback, where one has begun. */
export function stagesLeft({ status, deployment: from, update }: EndpointState): { stage: Stage; index: number }[] {
  if (update === undefined) return [];
  const rollout = { from, to: update.to, config: update.config };
  const isBack = status === 'RollingBack';
  const stages = isBack ? rollbackStagesOf(rollout, update.stage) : stagesOf(rollout);
  const reached = isBack ? update.rollbackStage : update.stage;
  return stages.map((stage, index) => ({ stage, index })).slice(reached + 1);
}

/** The stage that an update has reached, undefined before the first. */
export function stageReached({ deployment: from, update }: EndpointState): Stage | undefined {
  if (update === undefined) return undefined;
  const rollout = { from, to: update.to, config: update.config };
  return rollbackStagesOf(rollout, update.stage)[update.rollbackStage] ?? stagesOf(rollout)[update.stage];
}

/** The deployment that is to serve now: during an update, that of the stage it has reached. */
export const servedOf = (state: EndpointState): Deployment => stageReached(state)?.serves ?? state.deployment;

const follows: Readonly<Record<Exclude<EndpointEvent['type'], 'created'>, readonly EndpointStatus[]>> = {
  started: ['Creating'],
  failed: ['Creating', 'InService', 'UpdateRollbackFailed'],
  'update-requested': ['InService', 'UpdateRollbackFailed'],
  'stage-reached': ['Updating', 'RollingBack'],
  updated: ['Updating'],
  'update-failed': ['Updating'],
  'rollback-started': ['Updating'],
  'rolled-back': ['RollingBack'],
  'rollback-failed': ['RollingBack'],
  'delete-requested': ['InService', 'UpdateRollbackFailed', 'Failed'],
};

/** The state after an event, or undefined when the event cannot happen in this state. */
export function next(state: EndpointState | undefined, event: EndpointEvent): EndpointState | undefined {
  const { atMs } = event;
  if (event.type === 'created') {
    if (state !== undefined) return undefined;
    return {
      status: 'Creating',
      deployment: event.deployment,
      update: undefined,
      deploymentConfig: event.deploymentConfig,
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
        update: {
          to: event.deployment,
          config: event.deploymentConfig as DeploymentConfig | undefined,
          startedMs: atMs,
          stage: -1,
          stageMs: atMs,
          rollbackStage: -1,
        },
        deploymentConfig: event.deploymentConfig ?? state.deploymentConfig,
        failureReason: undefined,
      };
    case 'stage-reached':
      return reached(changed, event.stage);
    case 'updated':
      return inService(changed, { deployment: state.update?.to ?? state.deployment, resolvedMs: atMs });
    case 'update-failed':
      return inService(changed, { failureReason: event.reason });
    case 'rollback-started':
      return { ...changed, status: 'RollingBack', failureReason: event.reason };
    case 'rolled-back':
      return inService(changed, {});
    case 'rollback-failed': {
      const failureReason = `${state.failureReason}. The rollback failed too: ${event.reason}`;
      const served = servedOf(state);
      // What runs of both is the deployment now.
      const deployment = { ...served, variants: served.variants.filter(({ instanceCount }) => instanceCount > 0) };
      return { ...inService(changed, { deployment, failureReason }), status: 'UpdateRollbackFailed' };
    }
    case 'delete-requested':
      return { ...changed, status: 'Deleting' };
  }
}

const inService = (state: EndpointState, more: Partial<EndpointState>): EndpointState => ({
  ...state,
  status: 'InService',
  update: undefined,
  ...more,
});

function reached(state: EndpointState, stage: number): EndpointState | undefined {
  const { update, status, modifiedMs } = state;
  if (update === undefined) return undefined;
  const which = status === 'RollingBack' ? { rollbackStage: stage } : { stage };
  return { ...state, update: { ...update, ...which, stageMs: modifiedMs } };
}

export const endpointLifecycle = { kind: 'endpoint', next } as const satisfies Lifecycle<EndpointState, EndpointEvent>;

/** That of inference components is the same, of other records. */
export const componentLifecycle = { kind: 'inference-component', next } as const satisfies Lifecycle<
  EndpointState,
  EndpointEvent
>;
