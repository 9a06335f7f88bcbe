import { availableParallelism, totalmem } from 'node:os';
import { Unavailable } from '../../base/index.ts';
import { type Compute, type ContainerEngine, openEngine } from '../../compute/index.ts';
import type { ServiceTable } from '../../gateway/index.ts';
import type { Objects, Records } from '../../store/index.ts';
import type { RoleRequest } from '../access/need.ts';
import { createAlarmEvaluator } from '../cloudwatch/alarms/evaluator.ts';
import { openMetrics } from '../cloudwatch/metrics.ts';
import { cloudwatchService } from '../cloudwatch/service.ts';
import { everyRecord } from '../every-record.ts';
import { logsService } from '../logs/service.ts';
import { createReconciler } from '../reconcile.ts';
import { createRegions, type Regions } from '../regions.ts';
import { metricsService } from '../sagemaker-metrics/batch-put-metrics.ts';
import { asyncDataLog } from '../sagemaker-runtime/asynchronous/data-log.ts';
import { invokeEndpointAsync } from '../sagemaker-runtime/asynchronous/invoke-async.ts';
import { asyncMeters } from '../sagemaker-runtime/asynchronous/measure.ts';
import { openAsyncQueue } from '../sagemaker-runtime/asynchronous/queue.ts';
import { openCaptures } from '../sagemaker-runtime/capture/captures.ts';
import { offerCapture } from '../sagemaker-runtime/capture/offer.ts';
import { customAttributesHeader } from '../sagemaker-runtime/deliver.ts';
import { invokeEndpoint } from '../sagemaker-runtime/invoke-endpoint.ts';
import { createLiveTable } from '../sagemaker-runtime/live-table.ts';
import { invokeWithStream } from '../sagemaker-runtime/streaming/invoke-with-stream.ts';
import type { Waiting } from '../sagemaker-runtime/wait-for-program.ts';
import { systemTimers, type Timers } from '../timers.ts';
import type { Context } from './context.ts';
import type { Driver } from './driver.ts';
import { drivers } from './drivers.ts';
import { instanceUsage } from './endpoint/instance-usage.ts';
import { createLooks } from './hold.ts';
import type { AlgorithmCatalogue } from './images.ts';
import { createSlots } from './jobs/driving/slots.ts';
import { type JobEnd, noJobEnded } from './jobs/job-kinds.ts';
import { type DrivenKind, kinds } from './kinds.ts';
import { openModelChecks } from './model/model-checks.ts';
import { isReady, type Observation, observe } from './observe.ts';
import { sagemakerOperations } from './operations.ts';
import { openJobChecks } from './training-job/checks/job-checks.ts';
import { createObjectives } from './training-job/objectives.ts';

export interface SagemakerOptions {
  records: Records;
  objects: Objects;
  /** See Context; every role may do everything where it is left out. */
  objectsAs?(role: string | undefined): Objects;
  /** Absent: every role may do everything. */
  requireInRole?(role: string, request: RoleRequest): Promise<void>;
  compute: Compute;
  accountId: string;
  /** Where the records of the services lie; the ids of this region are plain. */
  region: string;
  /** Below it lie the /opt/ml roots of programs and the model files of endpoints. */
  dataFolder: string;
  algorithms: AlgorithmCatalogue;
  /** None where left out. */
  containerEngine?: ContainerEngine;
  nowMs(): number;
  /** A clock for durations; `nowMs` where it is left out. */
  steadyMs?(): number;
  newId(): string;
  /** A number of chance from 0 to 1, without 1. */
  random(): number;
  log(text: string, details?: Record<string, unknown>): void;
  /** See Context. */
  warn(text: string, details?: Record<string, unknown>): void;
  /** See Context; `log` where left out. */
  report?(text: string, details?: Record<string, unknown>): void;
  /** See Context. */
  jobEnded?(end: JobEnd): void;
  timers?: Timers;
  /** How long a Describe from inside a marked waiter is held; 0 never. */
  waiterHoldMs?: number;
  /** How long at most the first Describe of a young resource by the SDKs for JavaScript and Go, and SageMaker's for Python, is held; 0 never. */
  sdkHoldMs?: number;
  /** Programs of jobs at a time. */
  jobsMax?: number;
}

export interface SagemakerServices {
  tables: ServiceTable[];
  /** Whether every endpoint that counts as in service answers. */
  isReady(): boolean;
  observe(): Promise<Observation>;
  /** Continues the work that an earlier server left unfinished. */
  start(): Promise<void>;
  /** Ends all programs; jobs and endpoints continue at the next start. */
  stop(): Promise<void>;
}

/** boto3 waits 60 s for an answer; some of that is left for the network. */
const waiterHoldMsDefault = 55_000;
export const sdkHoldMsDefault = 20_000;

/** SageMaker, SageMaker Runtime, CloudWatch and its Logs over a store and a compute. */
export function sagemakerServices(options: SagemakerOptions): SagemakerServices {
  const { records, nowMs, steadyMs = nowMs, timers = systemTimers, log, warn } = options;
  const live = createLiveTable();
  const regions = createRegions(records, options.region);
  const metrics = openMetrics({ records, recordsOf: regions.recordsOf, nowMs, timers, log });
  const report = options.report ?? log;
  const alarms = createAlarmEvaluator({ records, regions, metrics, timers, nowMs, log, report });
  const { newId, random } = options;
  const objectsAs = options.objectsAs ?? (() => options.objects);
  const captures = openCaptures({ objectsAs, timers, nowMs, newId, random, warn });
  const context: Context = {
    ...options,
    steadyMs,
    report,
    objectsAs,
    requireInRole: options.requireInRole ?? (async () => undefined),
    containerEngine: options.containerEngine ?? openEngine('off'),
    ended: noJobEnded(),
    timers,
    holds: {
      waiterMs: options.waiterHoldMs ?? waiterHoldMsDefault,
      sdkMs: options.sdkHoldMs ?? sdkHoldMsDefault,
      looks: createLooks(),
    },
    live,
    slots: createSlots(options.jobsMax ?? availableParallelism()),
    checks: openJobChecks({ modules: options.algorithms().flatMap(({ check }) => check ?? []), log }),
    modelChecks: openModelChecks({ ...options, timers }),
    objectives: createObjectives(),
    metrics,
    captures,
    changed: (kind, id) => driven.find((each) => each.kind === kind)?.reconciler.changed(id),
  };
  /** The context of a region's operations and drivers. */
  const inRegion = (region: string): Context => ({
    ...context,
    region,
    records: regions.recordsOf(region),
    changed: (kind, id) => context.changed(kind, regions.keyOf(region, id)),
  });
  // The store itself logs once that it cannot be reached.
  const logDriving: Context['log'] = (text, details) =>
    (details?.error instanceof Unavailable ? log : warn)(text, details);
  const driven = drivenKinds.map((kind) => driveKind(kind, { records, regions, inRegion, timers, log: logDriving }));

  const waiting: Waiting = { table: live, openMeter: metrics.open, captures, timers, nowMs, steadyMs, warn, count: 0 };
  const meters = asyncMeters(metrics.open, nowMs);
  const dataLog = asyncDataLog({ recordsOf: regions.recordsOf, nowMs, timers, warn });
  const queue = openAsyncQueue({
    ...{ records, objectsAs: context.objectsAs, table: live, timers, nowMs, warn },
    captured: ({ region, endpoint: name, headers, inferenceId }, route, { input, output }) =>
      offerCapture(
        captures,
        { region, name },
        route,
        {
          Body: input.body,
          ContentType: input.contentType,
          CustomAttributes: headers[customAttributesHeader],
          InferenceId: inferenceId,
        },
        output,
      ),
    ended(request, end) {
      meters.ended(request, end.event);
      dataLog(request, end);
    },
  });
  return {
    isReady: () => isReady(live),
    observe: () => observe(context, waiting),
    tables: [
      { service: 'sagemaker', operations: sagemakerOperations(inRegion) },
      {
        service: 'sagemaker-runtime',
        operations: {
          InvokeEndpoint: (call) => invokeEndpoint(waiting, call),
          InvokeEndpointWithResponseStream: (call) => invokeWithStream(waiting, call),
          InvokeEndpointAsync: (call) => invokeEndpointAsync({ table: live, records, queue, newId }, call),
        },
      },
      metricsService(regions.recordsOf),
      logsService(regions.recordsOf),
      cloudwatchService(metrics),
    ],
    async start() {
      const memoryBytes = totalmem();
      const measureUsage = instanceUsage({ live, open: metrics.open, memoryBytes, nowMs, steadyMs });
      metrics.start(() => {
        measureUsage();
        meters.measure(queue);
      });
      for (const kind of drivenKinds) await drivers[kind].sweep(context);
      for (const { recall } of driven) await recall();
      await queue.start();
      for (const { reconciler } of driven) await reconciler.start();
      alarms.start();
    },
    async stop() {
      await alarms.stop();
      await queue.stop();
      await Promise.all(driven.map(({ reconciler }) => reconciler.stop()));
      await Promise.all(driven.map(({ stop }) => stop()));
      context.checks.close();
      await captures.close();
      await metrics.stop();
    },
  };
}

const drivenKinds = Object.keys(drivers) as DrivenKind[];

interface Driving {
  records: Records;
  regions: Regions;
  inRegion(region: string): Context;
  timers: Timers;
  log: Context['log'];
}

/** The loop over all resources of a kind, with a driver for each region, opened with the region's first resource. */
function driveKind(kind: DrivenKind, { records, regions, inRegion, timers, log }: Driving) {
  const opened = new Map<string, Driver>();
  const driverOf = (region: string): Driver => {
    const driver = opened.get(region) ?? drivers[kind].open(inRegion(region));
    opened.set(region, driver);
    return driver;
  };
  const reconciler = createReconciler({
    records,
    kind,
    statuses: kinds[kind].driven,
    drive(task) {
      const { region, id } = regions.placeOf(task.id);
      return driverOf(region).drive({ ...task, id });
    },
    timers,
    log,
  });
  return {
    kind,
    reconciler,
    async recall() {
      const found = new Set<string>();
      for await (const { id } of everyRecord(records, kind)) found.add(regions.placeOf(id).region);
      for (const region of found) await driverOf(region).recall?.();
    },
    stop: () => Promise.all([...opened.values()].map((driver) => driver.stop?.())),
  };
}
