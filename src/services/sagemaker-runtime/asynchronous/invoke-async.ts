import type {
  InvokeEndpointAsyncCommandInput,
  InvokeEndpointAsyncCommandOutput,
} from '@aws-sdk/client-sagemaker-runtime';
import { ServiceError } from '../../../base/index.ts';
import type { Call } from '../../../gateway/index.ts';
import type { Records } from '../../../store/index.ts';
import { idOf } from '../../sagemaker/resource.ts';
import { joinS3, parseS3Uri } from '../../sagemaker/s3-uri.ts';
import { customAttributesHeader } from '../deliver.ts';
import { type LiveTable, servingStatuses } from '../live-table.ts';
import type { AsyncQueue } from './queue.ts';
import { type AsyncBody, addressOf, asyncKind } from './record.ts';
import type { AsyncRule } from './rule.ts';

type Answer = Omit<InvokeEndpointAsyncCommandOutput, '$metadata'>;

export interface Accepting {
  table: Pick<LiveTable, 'get'>;
  records: Records;
  queue: Pick<AsyncQueue, 'add' | 'lengthOf'>;
  newId(): string;
}

/** Amazon's, where the request says nothing. */
const ttlSecondsDefault = 21_600;
const timeoutSecondsDefault = 900;
/** The most requests of an endpoint that wait. */
const backlogMax = 100_000;

/** Accepts a request that is answered in S3: when the answer leaves, it is on disk and survives a crash of the server. */
export async function invokeEndpointAsync(
  { table, records, queue, newId }: Accepting,
  call: Call<InvokeEndpointAsyncCommandInput>,
): Promise<Answer> {
  const { input, region, accountId, nowMs } = call;
  const name = input.EndpointName ?? '';
  const endpoint = table.get(region, idOf(name));
  if (endpoint === undefined) throw refusal(`Endpoint ${name} of account ${accountId} not found.`);
  if (!servingStatuses.includes(endpoint.status))
    throw refusal(`Endpoint ${name} of account ${accountId} is not in service: its status is ${endpoint.status}.`);
  const rule = endpoint.routes.find((route) => route.async !== undefined)?.async;
  if (rule === undefined) {
    if (endpoint.routes.length === 0)
      throw new ServiceError('ServiceUnavailable', `The programs of endpoint ${name} are being started.`, {
        details: { headers: { 'Retry-After': '1' } },
      });
    throw refusal(
      `Endpoint ${name} is not asynchronous: its configuration has no AsyncInferenceConfig. Use InvokeEndpoint.`,
    );
  }
  if (queue.lengthOf(region, name) >= backlogMax)
    throw new ServiceError('ServiceUnavailable', `Endpoint ${name} has ${backlogMax} requests waiting already.`);
  const places = placesOf(rule, input, newId());
  const body: AsyncBody = {
    region,
    endpoint: endpoint.name,
    inferenceId: input.InferenceId ?? newId(),
    input: inputOf(input),
    headers: headersOf(input),
    ...places,
    ...(rule.role !== undefined && { role: rule.role }),
    acceptedMs: nowMs,
    untilMs: nowMs + (input.RequestTTLSeconds ?? ttlSecondsDefault) * 1000,
    timeoutMs: (input.InvocationTimeoutSeconds ?? timeoutSecondsDefault) * 1000,
  };
  // The ids of records are in the order of requests, for the next start of the server.
  const id = `${String(nowMs).padStart(15, '0')}-${newId()}`;
  await records.write([
    { put: { kind: asyncKind, id, createdAtMs: nowMs, updatedAtMs: nowMs, body }, expect: 'absent' },
  ]);
  queue.add(id, body);
  return {
    InferenceId: body.inferenceId,
    OutputLocation: addressOf(body.output),
    FailureLocation: body.failure && addressOf(body.failure),
  };
}

const refusal = (message: string): ServiceError => new ServiceError('ValidationError', message);

function placesOf(
  { outputPath, failurePath }: AsyncRule,
  { S3OutputPathExtension: extension, Filename: name }: InvokeEndpointAsyncCommandInput,
  id: string,
): Pick<AsyncBody, 'output' | 'failure'> {
  const below = (path: string, file: string) => joinS3(extension === undefined ? path : joinS3(path, extension), file);
  const failure = failurePath && parseS3Uri(below(failurePath, `${name ?? id}-error.out`), 'S3FailurePath');
  return {
    output: parseS3Uri(below(outputPath, name ?? `${id}.out`), 'S3OutputPath'),
    ...(failure && { failure }),
  };
}

function inputOf({ InputLocation: location, Body }: InvokeEndpointAsyncCommandInput): AsyncBody['input'] {
  const body = (Body ?? new Uint8Array()) as Uint8Array;
  if (location === undefined && body.byteLength > 0) return { base64: Buffer.from(body).toString('base64') };
  if (location === undefined) throw refusal('InputLocation must name the object in S3 that is the request.');
  if (body.byteLength > 0) throw refusal('InputLocation and Body were given; a request has one of them.');
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(location) ?? [];
  if (bucket === undefined || key === undefined)
    throw refusal(`InputLocation is "${location}"; it must be s3://bucket/key.`);
  return { object: { bucket, key } };
}

function headersOf(input: InvokeEndpointAsyncCommandInput): Record<string, string> {
  return {
    ...(input.ContentType !== undefined && { 'content-type': input.ContentType }),
    ...(input.Accept !== undefined && { accept: input.Accept }),
    ...(input.CustomAttributes !== undefined && { [customAttributesHeader]: input.CustomAttributes }),
    ...(input.InferenceId !== undefined && { 'x-amzn-sagemaker-inference-id': input.InferenceId }),
  };
}
