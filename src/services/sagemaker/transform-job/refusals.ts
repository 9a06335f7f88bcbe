import type { CreateTransformJobCommandInput } from '@aws-sdk/client-sagemaker';
import { DataError } from '../../../base/index.ts';
import { parseFilter } from './data-processing/data-processing.ts';
import { formatOf } from './data-processing/format.ts';
import type { JsonPath } from './data-processing/json-path.ts';
import {
  batchDefaults,
  flyingMegabytesMax,
  instanceCountMax,
  recordErrorsVariable,
  skipsRecordErrors,
} from './record.ts';

/** Checks that the service model cannot express, and refusals of what Linnet does not offer. All that are broken, at once. */
export function refusalsOf(input: CreateTransformJobCommandInput): string[] {
  return [...refusalsOfInput(input), ...refusalsOfLimits(input), ...refusalsOfProcessing(input)];
}

function* refusalsOfInput({ TransformInput, TransformResources, Environment = {} }: CreateTransformJobCommandInput) {
  const type = TransformInput?.DataSource?.S3DataSource?.S3DataType;
  if (type !== 'S3Prefix' && type !== 'ManifestFile')
    yield `S3DataType ${type} is not offered by Linnet for a transform job; use S3Prefix or ManifestFile instead`;
  const count = TransformResources?.InstanceCount ?? 1;
  if (count > instanceCountMax)
    yield `InstanceCount is ${count}; Linnet runs at most ${instanceCountMax} programs for a transform job`;
  const errors = Environment[recordErrorsVariable];
  if (errors !== undefined && errors !== 'fail' && errors !== 'skip')
    yield `Environment ${recordErrorsVariable} is "${errors}"; it must be fail or skip`;
}

function* refusalsOfLimits(input: CreateTransformJobCommandInput): Generator<string> {
  const { MaxConcurrentTransforms: concurrent = 0, MaxPayloadInMB: payload } = input;
  const megabytes = payload ?? batchDefaults.payloadMegabytes;
  if (megabytes > flyingMegabytesMax) yield `MaxPayloadInMB is ${megabytes}; it must be at most ${flyingMegabytesMax}`;
  else if (concurrent * megabytes > flyingMegabytesMax)
    yield `MaxConcurrentTransforms * MaxPayloadInMB is ${concurrent} * ${megabytes} = ${concurrent * megabytes} MB; it must be at most ${flyingMegabytesMax} MB`;
  if (payload === 0 && skipsRecordErrors(input))
    yield `Environment ${recordErrorsVariable} cannot be skip with MaxPayloadInMB 0, which streams each object as one request; set MaxPayloadInMB to 1 to 100`;
}

function* refusalsOfProcessing(input: CreateTransformJobCommandInput): Generator<string> {
  const { DataProcessing = {}, DataCaptureConfig, MaxPayloadInMB, TransformInput, TransformOutput } = input;
  const { InputFilter = '$', OutputFilter = '$', JoinSource = 'None' } = DataProcessing;
  const refusals: string[] = [];
  const pathOf = (member: string, text: string): JsonPath => {
    try {
      return parseFilter(member, text);
    } catch (thrown) {
      if (!(thrown instanceof DataError)) throw thrown;
      refusals.push(thrown.message);
      return [];
    }
  };
  const filters = {
    InputFilter: pathOf('InputFilter', InputFilter),
    OutputFilter: pathOf('OutputFilter', OutputFilter),
  };
  yield* refusals;
  const join = JoinSource === 'Input';
  const inference = DataCaptureConfig?.GenerateInferenceId === true;
  const members = [
    ...Object.entries(filters).flatMap(([member, path]) => (path.length > 0 ? [member] : [])),
    ...(join ? ['JoinSource Input'] : []),
    ...(inference ? ['GenerateInferenceId'] : []),
  ];
  if (members.length === 0) return;
  const named = members.join(', ');
  if (MaxPayloadInMB === 0)
    yield `${named} cannot be used with MaxPayloadInMB 0, which streams each object as one request; set MaxPayloadInMB to 1 to 100`;
  const { ContentType } = TransformInput ?? {};
  const { Accept } = TransformOutput ?? {};
  const sent = formatOf(ContentType);
  const accepted = Accept === undefined ? sent : formatOf(Accept);
  const wanted = 'it must be text/csv, application/json or application/jsonlines';
  if (sent === undefined) yield `${named} cannot be used with ContentType ${ContentType ?? '(none)'}; ${wanted}`;
  else if (accepted === undefined) yield `${named} cannot be used with Accept ${Accept}; ${wanted}`;
  else if (join && (sent === 'csv') !== (accepted === 'csv'))
    yield `JoinSource Input cannot join ContentType ${ContentType} with Accept ${Accept}; both must be text/csv, or both JSON or JSON Lines`;
  for (const [member, path] of Object.entries(filters)) {
    const format = member === 'InputFilter' ? sent : accepted;
    if (format === 'csv' && !isOfRow(path))
      yield `${member} "${DataProcessing[member as keyof typeof DataProcessing]}" cannot be used on text/csv: a row is an array, so only indexes and slices select from it, such as $[0,2:]`;
  }
}

/** Whether a path selects from a row of cells. */
const isOfRow = (path: JsonPath): boolean =>
  path.length === 0 || (path.length === 1 && (path[0] === 'all' || 'items' in path[0]!));
