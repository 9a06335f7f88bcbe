import { featuresOf } from '../../../src/tables/index.ts';
import { call } from '../../api/call.ts';
import { fromConsole } from '../../api/runtime.ts';
import { getStart, getText, listObjects, parseS3Uri } from '../../api/s3.ts';
import { readColumns, type TableColumns } from '../../api/table-columns.ts';
import type { Endpoint, EndpointConfig, Model, TrainingJob } from '../../api/types.ts';
import { type Shift, shiftOf } from './psi.ts';

export interface Drift {
  columns: readonly { name: string; shift: Shift | undefined }[];
  trainingRows: number;
  capturedRows: number;
  /** Captured requests that are no rows of CSV with as many cells. */
  passedOver: number;
}

const trainingBytesMax = 4e6;
const capturedRowsMax = 20_000;
const filesMax = 40;

/** What a model was trained on. */
interface Trained {
  names: readonly string[];
  rows: readonly number[][];
}

/** What the model of an endpoint was trained on. */
export async function readTrained(endpoint: Endpoint, config: EndpointConfig): Promise<Trained> {
  const job = await trainingJobOf(config);
  const columns = (await readColumns(endpoint.EndpointArn!)) ?? (await readColumns(job.TrainingJobArn!));
  const rows = await trainingRowsOf(job);
  return { names: namesOf(columns, rows[0]!.length), rows };
}

/** What the endpoint was asked lately, held against what its model was trained on, column by column. */
export async function readDrift(
  trained: Trained,
  endpoint: Endpoint,
  config: EndpointConfig,
  signal: AbortSignal,
): Promise<Drift> {
  const { rows, passedOver } = await capturedRowsOf(endpoint, config, trained.names.length, signal);
  return {
    columns: trained.names.map((name, place) => ({
      name,
      shift: shiftOf(
        trained.rows.map((row) => row[place]!),
        rows.map((row) => row[place]!),
      ),
    })),
    trainingRows: trained.rows.length,
    capturedRows: rows.length,
    passedOver,
  };
}

async function trainingJobOf(config: EndpointConfig): Promise<TrainingJob> {
  const ModelName = config.ProductionVariants?.[0]?.ModelName;
  const model = await call<Model>('sagemaker', 'DescribeModel', { ModelName });
  const archive = (model.PrimaryContainer ?? model.Containers?.[0])?.ModelDataUrl ?? '';
  const TrainingJobName = /\/([^/]+)\/output\/model\.tar\.gz$/.exec(archive)?.[1];
  if (TrainingJobName === undefined)
    throw new Error('The model comes from no training job here, so that there is nothing to compare with');
  return call<TrainingJob>('sagemaker', 'DescribeTrainingJob', { TrainingJobName });
}

/** Features of the first rows of the channel `train`: CSV, the label first. */
async function trainingRowsOf(job: TrainingJob): Promise<number[][]> {
  const channel = job.InputDataConfig?.find(({ ChannelName }) => ChannelName === 'train');
  const place = parseS3Uri(channel?.DataSource?.S3DataSource?.S3Uri);
  if (place === undefined || !/csv/.test(channel?.ContentType ?? ''))
    throw new Error('Only models that were trained on CSV are compared here');
  const { objects } = await listObjects(place.bucket, { prefix: place.key, max: 10 });
  const key = objects.find(({ size }) => size > 0)?.key;
  if (key === undefined) throw new Error('The rows that the model was trained on are no longer in S3');
  const { bytes, size } = await getStart(place.bucket, key, trainingBytesMax);
  const lines = new TextDecoder().decode(bytes).trimEnd().split('\n');
  // The last line may be cut.
  const whole = size > bytes.length ? lines.slice(0, -1) : lines;
  return whole.map((line) => numbersOf(line).slice(1));
}

async function capturedRowsOf(endpoint: Endpoint, config: EndpointConfig, features: number, signal: AbortSignal) {
  const place = parseS3Uri(config.DataCaptureConfig?.DestinationS3Uri);
  if (place === undefined) throw new Error('The endpoint captures nothing');
  const prefix = `${place.key === '' ? '' : place.key.replace(/\/?$/, '/')}${endpoint.EndpointName}/`;
  const rows: number[][] = [];
  let [passedOver, files] = [0, 0];
  for await (const key of newestFirst(place.bucket, prefix, signal)) {
    for (const line of (await getText(place.bucket, key)).trim().split('\n')) {
      const found = rowsIn(JSON.parse(line) as Captured, features);
      if (found === undefined) continue;
      if (found.length === 0) passedOver += 1;
      rows.push(...found);
    }
    files += 1;
    if (rows.length >= capturedRowsMax || files >= filesMax) break;
  }
  return { rows: rows.slice(0, capturedRowsMax), passedOver };
}

interface Captured {
  captureData: { endpointInput?: { data: string; encoding: string } };
  eventMetadata?: { customAttributes?: string[] };
}

/** Undefined for what the console itself asked, or no input was captured of. */
function rowsIn({ captureData, eventMetadata }: Captured, features: number): number[][] | undefined {
  const { endpointInput: input } = captureData;
  if (input === undefined || eventMetadata?.customAttributes?.includes(fromConsole)) return undefined;
  if (input.encoding !== 'CSV') return [];
  return input.data
    .trim()
    .split('\n')
    .map(numbersOf)
    .filter((row) => row.length === features);
}

/** Files below folders of variants, years, months, days and hours. */
async function* newestFirst(bucket: string, prefix: string, signal: AbortSignal): AsyncGenerator<string> {
  const { folders, objects } = await listObjects(bucket, { prefix, max: 1000, signal });
  for (const { key } of objects.reverse()) yield key;
  for (const folder of folders.reverse()) yield* newestFirst(bucket, folder, signal);
}

const numbersOf = (line: string): number[] =>
  line.split(',').map((cell) => (cell.trim() === '' ? Number.NaN : Number(cell)));

function namesOf(columns: TableColumns | undefined, count: number): string[] {
  const known =
    columns?.preparation === undefined
      ? columns?.columns.map(({ name }) => name)
      : featuresOf(columns.preparation).map((feature) => feature.name);
  return known?.length === count ? known : Array.from({ length: count }, (_, place) => `Column ${place + 1}`);
}
