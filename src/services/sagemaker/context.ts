import type { Compute, ContainerEngine } from '../../compute/index.ts';
import type { Objects, Records } from '../../store/index.ts';
import type { RoleRequest } from '../access/need.ts';
import type { Metrics } from '../cloudwatch/metrics.ts';
import type { Captures } from '../sagemaker-runtime/capture/captures.ts';
import type { LiveTable } from '../sagemaker-runtime/live-table.ts';
import type { Timers } from '../timers.ts';
import type { Holds } from './hold.ts';
import type { AlgorithmCatalogue } from './images.ts';
import type { Slots } from './jobs/driving/slots.ts';
import type { Ended, JobEnd } from './jobs/job-kinds.ts';
import type { ResourceKind } from './kinds.ts';
import type { ModelChecks } from './model/model-checks.ts';
import type { JobChecks } from './training-job/checks/job-checks.ts';
import type { Objectives } from './training-job/objectives.ts';

/** The parts that the operations and drivers of SageMaker work with. */
export interface Context {
  /** The region whose resources the records show. */
  region: string;
  records: Records;
  objects: Objects;
  /** The same as a role may read and write them, for what is done in its name. */
  objectsAs(role: string | undefined): Objects;
  /** Throws the refusal of what a role may not do, for operations of SageMaker that are done in its name. */
  requireInRole(role: string, request: RoleRequest): Promise<void>;
  compute: Compute;
  algorithms: AlgorithmCatalogue;
  /** Has the images that are in no catalogue. */
  containerEngine: Pick<ContainerEngine, 'setting' | 'findImage'>;
  /** Below it lie the /opt/ml roots of programs. */
  dataFolder: string;
  nowMs(): number;
  /** A clock for durations. */
  steadyMs(): number;
  /** A new unique id: hexadecimal digits and hyphens. */
  newId(): string;
  timers: Timers;
  log(text: string, details?: Record<string, unknown>): void;
  /** As `log`, for events that an operator should see: a failed job, a program that died, a bug of ours. */
  warn(text: string, details?: Record<string, unknown>): void;
  /** As `log`, for what an operator expects and wants to read later: the end of a job, an endpoint in service. */
  report(text: string, details?: Record<string, unknown>): void;
  /** Sees each job that ends. */
  jobEnded?(end: JobEnd): void;
  /** The jobs that ended since the server started. */
  ended: Ended;
  holds: Holds;
  /** The table that InvokeEndpoint reads. */
  live: LiveTable;
  /** Places for the programs of jobs; further jobs wait their turn. */
  slots: Slots;
  checks: JobChecks;
  modelChecks: ModelChecks;
  /** What running trials of tuning jobs have reached. */
  objectives: Objectives;
  metrics: Metrics;
  captures: Captures;
  /** Notifies the drivers at once that a resource changed; the store's watch would do so a little later. */
  changed(kind: ResourceKind, id: string): void;
}
