import { Counter, Gauge, type Metric, Registry } from 'prom-client';
import { type Latencies, latencyBounds, type Observation } from '../../services/index.ts';
import type { RequestTally } from './request-tally.ts';

/** What the metrics are made of. */
export interface Observed {
  version: string;
  requests: RequestTally;
  services: Observation;
  store: StoreState;
  process: ProcessState;
}

export interface StoreState {
  up: boolean;
  /** How long one read took. */
  readSeconds: number;
  recordsBytes: number;
  /** Of the file system with the data folder. */
  freeBytes: number;
  sizeBytes: number;
}

export interface ProcessState {
  startedSeconds: number;
  cpuSeconds: number;
  residentBytes: number;
  heapBytes: number;
  /** Time in which the thread that answers requests was busy. */
  busySeconds: number;
}

type Labels = Record<string, string>;
type Sample = [value: number, labels?: Labels];

export const metricsType: string = Registry.PROMETHEUS_CONTENT_TYPE;

/** The text that Prometheus reads. Everything is gathered when it asks; nothing is kept in between. */
export function metricsText(observed: Observed): Promise<string> {
  const registry = new Registry();
  const registers = [registry];
  const gauge = (name: string, help: string, samples: Iterable<Sample>): void =>
    fill(samples, (names) => new Gauge({ name, help, registers, labelNames: names }));
  const counter = (name: string, help: string, samples: Iterable<Sample>): void =>
    fill(samples, (names) => new Counter({ name, help, registers, labelNames: names }));
  const histogram = histogramsIn(registry);
  gauge('linnet_info', 'The version of Linnet, as a label; the value is 1', [[1, { version: observed.version }]]);
  requestMetrics(observed.requests, counter, histogram);
  jobMetrics(observed.services, gauge, counter);
  endpointMetrics(observed.services, gauge, counter, histogram);
  const { store, process } = observed;
  gauge('linnet_store_up', '1 when the records can be read, else 0', [[store.up ? 1 : 0]]);
  gauge('linnet_store_read_seconds', 'Time of one read of a record, made for this page', [[store.readSeconds]]);
  gauge('linnet_store_records_bytes', 'Size of the records in the data folder', [[store.recordsBytes]]);
  gauge('linnet_store_free_bytes', 'Free space of the file system with the data folder', [[store.freeBytes]]);
  gauge('linnet_store_size_bytes', 'Size of the file system with the data folder', [[store.sizeBytes]]);
  gauge('process_start_time_seconds', 'When the process started, in seconds since 1970', [[process.startedSeconds]]);
  counter('process_cpu_seconds_total', 'Processor time of the server, without its programs', [[process.cpuSeconds]]);
  gauge('process_resident_memory_bytes', 'Memory of the server, without its programs', [[process.residentBytes]]);
  gauge('nodejs_heap_used_bytes', 'Heap in use by JavaScript', [[process.heapBytes]]);
  counter('linnet_event_loop_busy_seconds_total', 'Time in which the thread that answers requests was busy', [
    [process.busySeconds],
  ]);
  return registry.metrics();
}

type Write = (name: string, help: string, samples: Iterable<Sample>) => void;
type WriteHistogram = (name: string, help: string, samples: readonly [Latencies, Labels][]) => void;

function fill(samples: Iterable<Sample>, make: (labelNames: string[]) => Gauge | Counter): void {
  const all = [...samples];
  if (all.length === 0) return;
  const metric = make(Object.keys(all[0]![1] ?? {}));
  for (const [value, labels] of all) metric.inc(labels ?? {}, value);
}

function requestMetrics(requests: RequestTally, counter: Write, histogram: WriteHistogram): void {
  const operations = [...requests.operations()];
  counter(
    'linnet_requests_total',
    'Requests that were answered, by service, operation and status',
    operations.flatMap(({ service, operation, statuses }) =>
      [...statuses].map(([status, count]): Sample => [count, { service, operation, status: String(status) }]),
    ),
  );
  counter(
    'linnet_refused_sign_ins_total',
    'Requests whose sender was not let in, by reason',
    [...requests.refusals].map(([reason, count]): Sample => [count, { reason }]),
  );
  histogram(
    'linnet_request_seconds',
    'Time from the head of a request to its answer, by service and operation',
    operations.map(({ service, operation, ...latencies }) => [latencies, { service, operation }]),
  );
}

/** A metric of what is counted already; a histogram of the library only counts one observation at a time. */
const histogramsIn =
  (registry: Registry): WriteHistogram =>
  (name, help, samples) => {
    if (samples.length === 0) return;
    const values = samples.flatMap(([{ bins, seconds }, labels]) => {
      let sum = 0;
      const buckets = bins.map((count, bin) => {
        sum += count;
        return { metricName: `${name}_bucket`, value: sum, labels: { ...labels, le: latencyBounds[bin] ?? '+Inf' } };
      });
      return [
        ...buckets,
        { metricName: `${name}_sum`, value: seconds, labels },
        { metricName: `${name}_count`, value: sum, labels },
      ];
    });
    const metric = { name, help, type: 'histogram', aggregator: 'sum', values };
    registry.registerMetric({ ...metric, get: async () => metric } as unknown as Metric);
  };

function jobMetrics({ activeJobs, endedJobs, slots }: Observation, gauge: Write, counter: Write): void {
  const stages = ['Starting', 'Restarting', 'Downloading', 'Training', 'Uploading', 'Stopping'];
  gauge(
    'linnet_jobs',
    'Jobs that have not ended, by kind and status (of training jobs the secondary one)',
    Object.entries(activeJobs ?? {}).flatMap(([kind, counts]) =>
      (kind === 'training-job' ? stages : ['InProgress', 'Stopping']).map(
        (status): Sample => [counts.get(status) ?? 0, { kind, status }],
      ),
    ),
  );
  counter(
    'linnet_jobs_ended_total',
    'Jobs that ended since the server started, by kind and status',
    Object.entries(endedJobs).flatMap(([kind, counts]) =>
      Object.entries(counts).map(([status, count]): Sample => [count, { kind, status }]),
    ),
  );
  gauge('linnet_job_programs', 'Jobs whose programs run', [[slots.taken]]);
  gauge('linnet_job_queue', 'Jobs that wait for another one to end', [[slots.waiting]]);
}

function endpointMetrics(
  { endpoints, waitingInvocations }: Observation,
  gauge: Write,
  counter: Write,
  histogram: WriteHistogram,
): void {
  const each = (read: (endpoint: Observation['endpoints'][number]) => Sample[]): Sample[] =>
    endpoints.flatMap((endpoint) => {
      const { region, name } = endpoint;
      return read(endpoint).map(([value, labels]): Sample => [value, { region, endpoint: name, ...labels }]);
    });
  gauge(
    'linnet_endpoint_status',
    'The status of each endpoint, as a label; the value is 1',
    each(({ status }) => [[1, { status }]]),
  );
  gauge(
    'linnet_endpoint_programs',
    'Serving programs of each endpoint that are up, and that are being started again',
    each(({ programs }) => [
      [programs.up, { state: 'up' }],
      [programs.down, { state: 'down' }],
    ]),
  );
  gauge(
    'linnet_endpoint_in_flight',
    'Invocations that the programs of each endpoint work on',
    each(({ inFlight }) => [[inFlight]]),
  );
  counter(
    'linnet_endpoint_invocations_total',
    'Invocations of each endpoint since the server started',
    each(({ counts }) => [[counts.invocations]]),
  );
  counter(
    'linnet_endpoint_errors_total',
    'Invocations that failed: the program answered 4xx (client) or another failure (server), or did not answer (unreached)',
    each(({ counts }) => (['client', 'server', 'unreached'] as const).map((kind): Sample => [counts[kind], { kind }])),
  );
  histogram(
    'linnet_endpoint_seconds',
    'Time from an invocation of each endpoint to the answer of its program, the wait for one included',
    endpoints.map(({ region, name, latencies }) => [latencies, { region, endpoint: name }]),
  );
  gauge('linnet_invocation_queue', 'Invocations that wait for a program to come up', [[waitingInvocations]]);
}
