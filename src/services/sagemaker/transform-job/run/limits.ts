import type { CreateTransformJobCommandInput } from '@aws-sdk/client-sagemaker';
import type { ExecutionParameters } from '../../serving/execution-parameters.ts';
import { batchDefaults, flyingMegabytesMax } from '../record.ts';

/** The settings of a job's requests, whoever chose them. */
export interface Limits {
  concurrent: number;
  /** 0: each object is streamed as one request. */
  payloadMegabytes: number;
  single: boolean;
}

/** The request's own settings; for those it leaves out the program's wishes, then Amazon's defaults. */
export function limitsOf(request: CreateTransformJobCommandInput, wishes: ExecutionParameters): Limits {
  const payloadMegabytes = request.MaxPayloadInMB ?? wishes.payloadMegabytes ?? batchDefaults.payloadMegabytes;
  const wished = request.MaxConcurrentTransforms || wishes.concurrent || batchDefaults.concurrent;
  const fitting = payloadMegabytes === 0 ? wished : Math.max(1, Math.floor(flyingMegabytesMax / payloadMegabytes));
  const single =
    request.BatchStrategy === undefined ? wishes.single === true : request.BatchStrategy === 'SingleRecord';
  return { concurrent: Math.min(wished, fitting), payloadMegabytes, single };
}

/** As Amazon's log begins. */
export const limitsText = ({ concurrent, payloadMegabytes, single }: Limits): string =>
  `MaxConcurrentTransforms=${concurrent}, MaxPayloadInMB=${payloadMegabytes}, BatchStrategy=${strategyOf(single)}`;

const strategyOf = (single: boolean): string => (single ? 'SINGLE_RECORD' : 'MULTI_RECORD');

/** The variables of Amazon's contract; only what the request sets itself is passed on, as there. */
export function batchSettings(request: CreateTransformJobCommandInput): Record<string, string> {
  const { BatchStrategy, MaxConcurrentTransforms, MaxPayloadInMB } = request;
  return {
    SAGEMAKER_BATCH: 'true',
    ...(MaxPayloadInMB !== undefined && { SAGEMAKER_MAX_PAYLOAD_IN_MB: String(MaxPayloadInMB) }),
    ...(BatchStrategy !== undefined && { SAGEMAKER_BATCH_STRATEGY: strategyOf(BatchStrategy === 'SingleRecord') }),
    ...(MaxConcurrentTransforms ? { SAGEMAKER_MAX_CONCURRENT_TRANSFORMS: String(MaxConcurrentTransforms) } : {}),
  };
}
