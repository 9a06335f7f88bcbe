import { availableParallelism } from 'node:os';
import { Unavailable } from '../../base/index.ts';
import type { Compute } from '../../compute/index.ts';
import type { Call, ServiceTable } from '../../gateway/index.ts';
import { type Objects, type Records, recordListLimit } from '../../store/index.ts';
import { logsService } from '../logs/service.ts';
import { createReconciler } from '../reconcile.ts';
import { createRegions, type Regions } from '../regions.ts';
import { invokeEndpoint } from '../sagemaker-runtime/invoke-endpoint.ts';
import { createLiveTable } from '../sagemaker-runtime/live-table.ts';
import { createSlots } from '../slots.ts';
import { systemTimers, type Timers } from '../timers.ts';
import type { Context } from './context.ts';
import { createEndpoint } from './endpoint/create.ts';
import { deleteEndpoint } from './endpoint/delete.ts';
import { describeEndpoint } from './endpoint/describe.ts';
import { type EndpointDriver, endpointDriver } from './endpoint/drive.ts';
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
import type { ResourceKind } from './resource.ts';
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
  /** Where the records of the services lie; the ids of this region are plain. */
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
  const regions = createRegions(records, options.region);
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
  /** What the operations and drivers of a region work with. */
  const inRegion = (region: string): Context => ({
    ...context,
    region,
    records: regions.recordsOf(region),
    changed: (kind, id) => context.changed(kind, regions.keyOf(region, id)),
  });
  const slots = createSlots(context.jobsMax);
  const drivers = createDrivers((region) => endpointDriver(inRegion(region)));
  const jobs = createReconciler({
    records,
    kind: 'training-job',
    statuses: activeJobs,
    drive(task) {
      const { region, id } = regions.placeOf(task.id);
      return driveTrainingJob(inRegion(region), slots, { ...task, id });
    },
    timers,
    log: logDriving,
  });
  const endpoints = createReconciler({
    records,
    kind: 'endpoint',
    statuses: [...activeEndpoints, 'Failed'],
    drive(task) {
      const { region, id } = regions.placeOf(task.id);
      return drivers.of(region).drive({ ...task, id });
    },
    timers,
    log: logDriving,
  });

  const waiting = { table: live, timers, nowMs: options.nowMs, count: 0 };

  return {
    tables: [
      { service: 'sagemaker', operations: sagemakerOperations(inRegion) },
      { service: 'sagemaker-runtime', operations: { InvokeEndpoint: (call) => invokeEndpoint(waiting, call) } },
      logsService(regions.recordsOf),
    ],
    async start() {
      await sweep(context);
      for (const region of await regionsWith(records, 'endpoint', regions)) await drivers.of(region).recall();
      await jobs.start();
      await endpoints.start();
    },
    async stop() {
      await Promise.all([jobs.stop(), endpoints.stop()]);
      await drivers.stop();
      context.checks.close();
    },
  };
}

/** One driver for each region that has endpoints, made when the first is met. */
function createDrivers(create: (region: string) => EndpointDriver) {
  const drivers = new Map<string, EndpointDriver>();
  return {
    of(region: string): EndpointDriver {
      const driver = drivers.get(region) ?? create(region);
      drivers.set(region, driver);
      return driver;
    },
    stop: () => Promise.all([...drivers.values()].map((driver) => driver.stop())),
  };
}

/** The regions that have records of a kind. */
async function regionsWith(records: Records, kind: ResourceKind, regions: Regions): Promise<Set<string>> {
  const found = new Set<string>();
  for (let idAfter = ''; ; ) {
    const some = await records.list(kind, idAfter === '' ? {} : { idAfter });
    for (const { id } of some) found.add(regions.placeOf(id).region);
    if (some.length < recordListLimit) return found;
    idAfter = some.at(-1)!.id;
  }
}

function sagemakerOperations(inRegion: (region: string) => Context): ServiceTable['operations'] {
  const operations: Record<string, (context: Context, call: Call<any>) => Promise<object>> = {
    AddTags: addTags,
    CreateEndpoint: createEndpoint,
    CreateEndpointConfig: createEndpointConfig,
    CreateModel: createModel,
    CreateTrainingJob: createTrainingJob,
    DeleteEndpoint: deleteEndpoint,
    DeleteEndpointConfig: deleteEndpointConfig,
    DeleteModel: deleteModel,
    DeleteTags: deleteTags,
    DeleteTrainingJob: deleteTrainingJob,
    DescribeEndpoint: describeEndpoint,
    DescribeEndpointConfig: describeEndpointConfig,
    DescribeModel: describeModel,
    DescribeTrainingJob: describeTrainingJob,
    ListEndpointConfigs: listEndpointConfigs,
    ListEndpoints: listEndpoints,
    ListModels: listModels,
    ListTags: listTags,
    ListTrainingJobs: listTrainingJobs,
    StopTrainingJob: stopTrainingJob,
    UpdateEndpoint: updateEndpoint,
    UpdateEndpointWeightsAndCapacities: updateEndpointWeightsAndCapacities,
  };
  return Object.fromEntries(
    Object.entries(operations).map(([name, run]) => [name, (call: Call) => run(inRegion(call.region), call)]),
  );
}
