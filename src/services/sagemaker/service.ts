import { availableParallelism } from 'node:os';
import { Unavailable } from '../../base/index.ts';
import type { Compute } from '../../compute/index.ts';
import type { ServiceTable } from '../../gateway/index.ts';
import type { Objects, Records } from '../../store/index.ts';
import { logsService } from '../logs/service.ts';
import { createReconciler } from '../reconcile.ts';
import { invokeEndpoint } from '../sagemaker-runtime/invoke-endpoint.ts';
import { createLiveTable } from '../sagemaker-runtime/live-table.ts';
import { createSlots } from '../slots.ts';
import { systemTimers, type Timers } from '../timers.ts';
import type { Context } from './context.ts';
import { createEndpoint } from './endpoint/create.ts';
import { deleteEndpoint } from './endpoint/delete.ts';
import { describeEndpoint } from './endpoint/describe.ts';
import { endpointDriver } from './endpoint/drive.ts';
import { activeStatuses as activeEndpoints } from './endpoint/lifecycle.ts';
import { listEndpoints } from './endpoint/list.ts';
import { updateEndpoint, updateEndpointWeightsAndCapacities } from './endpoint/update.ts';
import { createEndpointConfig } from './endpoint-config/create.ts';
import { deleteEndpointConfig } from './endpoint-config/delete.ts';
import { describeEndpointConfig } from './endpoint-config/describe.ts';
import { listEndpointConfigs } from './endpoint-config/list.ts';
import { createLooks } from './hold.ts';
import type { AlgorithmCatalogue } from './images.ts';
import { createModel } from './model/create.ts';
import { deleteModel } from './model/delete.ts';
import { describeModel } from './model/describe.ts';
import { listModels } from './model/list.ts';
import { sweep } from './sweep.ts';
import { addTags, deleteTags, listTags } from './tags/tags.ts';
import { createTrainingJob } from './training-job/create.ts';
import { deleteTrainingJob } from './training-job/delete.ts';
import { describeTrainingJob } from './training-job/describe.ts';
import { driveTrainingJob } from './training-job/drive.ts';
import { openJobChecks } from './training-job/job-checks.ts';
import { activeStatuses as activeJobs } from './training-job/lifecycle.ts';
import { listTrainingJobs } from './training-job/list.ts';
import { stopTrainingJob } from './training-job/stop.ts';

export interface SagemakerOptions {
  records: Records;
  objects: Objects;
  compute: Compute;
  accountId: string;
  region: string;
  /** Below it lie the /opt/ml roots of programs and the model files of endpoints. */
  dataFolder: string;
  algorithms: AlgorithmCatalogue;
  nowMs(): number;
  newId(): string;
  log(text: string, details?: Record<string, unknown>): void;
  /** See Context. */
  warn(text: string, details?: Record<string, unknown>): void;
  timers?: Timers;
  /** How long a Describe from inside a marked waiter is held; 0 never. */
  waiterHoldMs?: number;
  /** How long at most the first Describe of a young resource by the SDKs for JavaScript and Go is held; 0 never. */
  sdkHoldMs?: number;
  /** Training programs at a time. */
  jobsMax?: number;
}

export interface SagemakerServices {
  tables: ServiceTable[];
  /** Takes up what a former server left unfinished. */
  start(): Promise<void>;
  /** Ends all programs; jobs and endpoints go on at the next start. */
  stop(): Promise<void>;
}

/** boto3 reads an answer for 60 s; some of it is left for the way. */
const waiterHoldMsDefault = 55_000;
export const sdkHoldMsDefault = 20_000;

/** SageMaker, SageMaker Runtime and CloudWatch Logs over a store and a compute. */
export function sagemakerServices(options: SagemakerOptions): SagemakerServices {
  const { records, timers = systemTimers, log, warn } = options;
  // That the store cannot be reached, the store says once.
  const logDriving: Context['log'] = (text, details) =>
    (details?.error instanceof Unavailable ? log : warn)(text, details);
  const live = createLiveTable();
  const context: Context = {
    ...options,
    timers,
    holds: {
      waiterMs: options.waiterHoldMs ?? waiterHoldMsDefault,
      sdkMs: options.sdkHoldMs ?? sdkHoldMsDefault,
      looks: createLooks(),
    },
    live,
    jobsMax: options.jobsMax ?? availableParallelism(),
    checks: openJobChecks({ modules: options.algorithms.flatMap(({ check }) => check ?? []), log }),
    changed(kind, id) {
      if (kind === 'training-job') jobs.changed(id);
      if (kind === 'endpoint') endpoints.changed(id);
    },
  };
  const slots = createSlots(context.jobsMax);
  const driver = endpointDriver(context);
  const jobs = createReconciler({
    records,
    kind: 'training-job',
    statuses: activeJobs,
    drive: (task) => driveTrainingJob(context, slots, task),
    timers,
    log: logDriving,
  });
  const endpoints = createReconciler({
    records,
    kind: 'endpoint',
    statuses: [...activeEndpoints, 'Failed'],
    drive: driver.drive,
    timers,
    log: logDriving,
  });

  const waiting = { table: live, timers, nowMs: options.nowMs, count: 0 };

  return {
    tables: [
      { service: 'sagemaker', operations: sagemakerOperations(context) },
      { service: 'sagemaker-runtime', operations: { InvokeEndpoint: (call) => invokeEndpoint(waiting, call) } },
      logsService(records),
    ],
    async start() {
      await sweep(context);
      await driver.recall();
      await jobs.start();
      await endpoints.start();
    },
    async stop() {
      await Promise.all([jobs.stop(), endpoints.stop()]);
      await driver.stop();
      context.checks.close();
    },
  };
}

const sagemakerOperations = (context: Context): ServiceTable['operations'] => ({
  AddTags: (call) => addTags(context, call),
  CreateEndpoint: (call) => createEndpoint(context, call),
  CreateEndpointConfig: (call) => createEndpointConfig(context, call),
  CreateModel: (call) => createModel(context, call),
  CreateTrainingJob: (call) => createTrainingJob(context, call),
  DeleteEndpoint: (call) => deleteEndpoint(context, call),
  DeleteEndpointConfig: (call) => deleteEndpointConfig(context, call),
  DeleteModel: (call) => deleteModel(context, call),
  DeleteTags: (call) => deleteTags(context, call),
  DeleteTrainingJob: (call) => deleteTrainingJob(context, call),
  DescribeEndpoint: (call) => describeEndpoint(context, call),
  DescribeEndpointConfig: (call) => describeEndpointConfig(context, call),
  DescribeModel: (call) => describeModel(context, call),
  DescribeTrainingJob: (call) => describeTrainingJob(context, call),
  ListEndpointConfigs: (call) => listEndpointConfigs(context, call),
  ListEndpoints: (call) => listEndpoints(context, call),
  ListModels: (call) => listModels(context, call),
  ListTags: (call) => listTags(context, call),
  ListTrainingJobs: (call) => listTrainingJobs(context, call),
  StopTrainingJob: (call) => stopTrainingJob(context, call),
  UpdateEndpoint: (call) => updateEndpoint(context, call),
  UpdateEndpointWeightsAndCapacities: (call) => updateEndpointWeightsAndCapacities(context, call),
});
