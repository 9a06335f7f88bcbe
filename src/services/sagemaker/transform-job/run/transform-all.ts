import { DataError } from '../../../../base/index.ts';
import { failureReasonLengthMax } from '../../../../contract/index.ts';
import type { Context } from '../../context.ts';
import type { JobResult } from '../../jobs/driving/drive-job.ts';
import type { Instance } from '../../serving/instance.ts';
import { settled } from '../../serving/settled.ts';
import { processingOf } from '../data-processing/data-processing.ts';
import { openProcessing } from '../data-processing/processing-thread.ts';
import { requestOf, skipsRecordErrors, type TransformJobBody } from '../record.ts';
import { type Asking, laneTo } from './ask-instance.ts';
import type { Batch } from './batch.ts';
import { storeCapture } from './capture.ts';
import { openDataLog } from './data-log.ts';
import { type FoundInput, nameOf } from './inputs.ts';
import { InvocationFault, linesOfFault, textOfFault } from './invocation-fault.ts';
import { type Limits, limitsText } from './limits.ts';
import { runLane } from './run-lane.ts';
import { storedInput } from './stored-input.ts';

export interface TransformWork {
  body: TransformJobBody;
  instances: readonly Instance[];
  inputs: readonly FoundInput[];
  /** What the log says of objects that hold no data. */
  passedOver: string | undefined;
  limits: Limits;
  startedMs: number;
  halted: AbortSignal;
  /** The log stream of an instance. */
  streamOf(instance: string): string;
}

/** What became of the objects. */
interface Course {
  left: Iterator<FoundInput, undefined>;
  transformed: FoundInput[];
  faults: { name: string; fault: InvocationFault | DataError }[];
}

/** Transforms all objects, each instance its share, and says what became of them. Rejects with a halt, and `Unavailable`. */
export async function transformAll(context: Context, work: TransformWork): Promise<JobResult> {
  const { body, instances, inputs, startedMs } = work;
  const course: Course = { left: inputs.values(), transformed: [], faults: [] };
  const { transformed, faults } = course;
  await settled(instances.map((instance) => transformShare(context, work, instance, course)));
  await storeCapture(context, requestOf(body), transformed, startedMs);
  const [first] = faults;
  if (first === undefined) return { type: 'completed' };
  const reason =
    `${classOf(first.fault)}: See job logs for more information. ${faults.length} of ${inputs.length} objects failed` +
    `${faults.length === 1 ? '' : '; the first'}: ${first.name}: ${textOfFault(first.fault)}`;
  return { type: 'failed', reason: reason.slice(0, failureReasonLengthMax), quotes: true };
}

const classOf = (fault: InvocationFault | DataError): string =>
  fault instanceof InvocationFault ? fault.faultClass : 'ClientError';

/** Takes objects through one instance, as long as there are any. */
async function transformShare(
  context: Context,
  work: TransformWork,
  instance: Instance,
  { left, transformed, faults }: Course,
): Promise<void> {
  const { body, instances, passedOver, limits, halted, streamOf } = work;
  const request = requestOf(body);
  const batch = batchOf(context, work);
  const log = await openDataLog(context, streamOf(instance.id));
  log.say(limitsText(limits));
  if (passedOver !== undefined && instance === instances[0]) log.say(`Of the objects ${passedOver}`);
  const options = {
    gzip: request.TransformInput?.CompressionType === 'Gzip',
    contentType: request.TransformOutput?.Accept ?? 'binary/octet-stream',
    log,
  };
  try {
    await runLane({
      batch,
      lane: laneTo(instance, askingOf(context, body, halted)),
      next() {
        const found = left.next().value;
        return found && { found, ...storedInput(context, found, options) };
      },
      done({ found, name }, errors) {
        transformed.push(found);
        log.sayOf(name, [`transformed${errors === 0 ? '' : errorsText(errors, found)}`]);
      },
      failed({ name }, cause) {
        if (!(cause instanceof InvocationFault || cause instanceof DataError)) throw cause;
        faults.push({ name, fault: cause });
        log.sayOf(name, linesOfFault(cause));
      },
    });
  } finally {
    batch.processing.close();
    await log.flush();
  }
}

const errorsText = (errors: number, { output }: FoundInput): string =>
  `, but for ${errors} ${errors === 1 ? 'record that is' : 'records that are'} in ${nameOf(output)}.errors: ${errors === 1 ? 'it' : 'they'} failed`;

/** When the request names none. Source: AWS API reference, ModelClientConfig. */
const clientDefaults = { InvocationsTimeoutInSeconds: 600, InvocationsMaxRetries: 3 };

function askingOf({ timers, nowMs }: Context, body: TransformJobBody, halted: AbortSignal): Asking {
  const { ModelClientConfig, TransformInput, TransformOutput } = requestOf(body);
  const { InvocationsTimeoutInSeconds, InvocationsMaxRetries } = { ...clientDefaults, ...ModelClientConfig };
  return {
    contentType: TransformInput?.ContentType,
    accept: TransformOutput?.Accept,
    timeoutMs: InvocationsTimeoutInSeconds! * 1000,
    retriesMax: InvocationsMaxRetries!,
    halted,
    timers,
    nowMs,
  };
}

const megabyte = 1024 * 1024;

function batchOf({ newId }: Context, { body, limits, startedMs }: TransformWork): Batch {
  const request = requestOf(body);
  const { DataProcessing = {}, DataCaptureConfig, TransformInput, TransformOutput } = request;
  const { concurrent, payloadMegabytes, single } = limits;
  const split = TransformInput?.SplitType ?? 'None';
  const time = new Date(startedMs).toISOString().replace(/\.\d+Z$/, 'Z');
  const processing = processingOf(DataProcessing, {
    inference: DataCaptureConfig?.GenerateInferenceId === true ? { seed: newId(), time } : undefined,
    document: split === 'None' || single,
    contentType: TransformInput?.ContentType,
    accept: TransformOutput?.Accept,
  });
  return {
    streams: payloadMegabytes === 0 && !(single && split !== 'None'),
    split,
    cutting: { single, bodyBytesMax: payloadMegabytes === 0 ? Number.POSITIVE_INFINITY : payloadMegabytes * megabyte },
    processing: openProcessing(processing),
    concurrent,
    lines: TransformOutput?.AssembleWith === 'Line',
    keepGoing: skipsRecordErrors(request),
  };
}
