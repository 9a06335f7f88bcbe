import { ServiceError } from '../base/index.ts';
import { serviceTitle } from './amazon-services.ts';
import type { Claim } from './authenticate/claim.ts';
import { queryValue, type WireRequest } from './http/wire-request.ts';
import type { ServiceName } from './operation.ts';
import { isForm } from './protocols/query.ts';
import { calledIn } from './protocols/rpc-v2-cbor.ts';

export type Identified =
  | { service: ServiceName }
  /** A service of Amazon that Linnet has no part of. */
  | { service: undefined; name: string };

/** By the signature's scope, else X-Amz-Target, else a form with Action, else the path, else the host; everything else is S3. */
export function identify(request: WireRequest, claim: Claim): Identified {
  const signedFor = claim.kind === 'anonymous' || claim.kind === 'v2' ? undefined : claim.service;
  if (claim.kind === 'v2') return { service: 's3' };
  switch (signedFor) {
    case 's3':
    case 'sts':
    case 'iam':
    case 'logs':
      return { service: signedFor };
    case 'sagemaker':
      return identifySageMaker(request);
    case 'monitoring':
      return { service: 'cloudwatch' };
    case undefined:
      return identifyUnsigned(request);
    default:
      return { service: undefined, name: signedFor };
  }
}

/** The control plane, Runtime, Metrics and Feature Store sign with one name: the target, then the path, distinguishes them. */
function identifySageMaker(request: WireRequest): Identified {
  const target = request.headers['x-amz-target'];
  if (target !== undefined || request.rawPath === '/') return { service: 'sagemaker' };
  if (/^\/Batch(Put|Get)Metrics$/.test(request.rawPath)) return { service: 'sagemaker-metrics' };
  if (/^\/(FeatureGroup\/|BatchGetRecord)/.test(request.rawPath))
    return { service: undefined, name: 'Amazon SageMaker Feature Store Runtime' };
  return { service: 'sagemaker-runtime' };
}

function identifyUnsigned(request: WireRequest): Identified {
  const target = request.headers['x-amz-target'];
  if (target?.startsWith('SageMaker.')) return { service: 'sagemaker' };
  if (target?.startsWith('Logs_20140328.')) return { service: 'logs' };
  if (target?.startsWith(`${cloudwatch}.`) || calledIn(request)?.service === cloudwatch)
    return { service: 'cloudwatch' };
  if (target !== undefined) return { service: undefined, name: target };
  if (isForm(request) || queryValue(request, 'Action') !== undefined)
    return { service: amazonService(request.host) ?? 'sts' };
  if (request.method === 'POST' && /^\/endpoints\/[^/]+\/(async-)?invocations/.test(request.rawPath))
    return { service: 'sagemaker-runtime' };
  return { service: amazonService(request.host) ?? 's3' };
}

/** Only Amazon's own hosts name a service: below a name of ours, the first label is a bucket. */
function amazonService(host: string): 'sts' | 'iam' | 'cloudwatch' | undefined {
  const name = /^(sts|iam|monitoring)\..*amazonaws\.com(?:\.cn)?(?::\d*)?$/i.exec(host)?.[1]?.toLowerCase();
  return name === 'monitoring' ? 'cloudwatch' : (name as 'sts' | 'iam' | undefined);
}

/** CloudWatch's name on the wire. */
const cloudwatch = 'GraniteServiceVersion20100801';

/** The refusal for a service that Linnet does not have. */
export const unknownService = (name: string): ServiceError =>
  new ServiceError('UnknownOperationException', `${serviceTitle(name)} is not a service that Linnet offers`, {
    status: 400,
  });

/** Whether a request was made inside one of boto3's waiters: feature `B` in the User-Agent's `m/` list. */
export function isFromWaiter(userAgent: string | undefined): boolean {
  const features = /(?:^|\s)m\/(\S+)/.exec(userAgent ?? '');
  return features?.[1]?.split(',').includes('B') ?? false;
}

/**
 * Whether a program made a request whose waiters carry no mark: the SDKs for JavaScript (in browsers it names itself apart) and
 * Go, and release 2 of the SageMaker Python SDK, whose loops sleep 5 to 30 s. Its release 3 looks at all that it creates, also
 * where nobody waits for it.
 */
export const mayBeWaiter = (headers: Readonly<Record<string, string>>): boolean =>
  [headers['user-agent'], headers['x-amz-user-agent']].some((agent) =>
    /(?:^|\s)(?:aws-sdk-(?:js|nodejs|go|go-v2)\/|(?:lib\/)?AWS-SageMaker-Python-SDK[/#]2\.)/.test(agent ?? ''),
  );
