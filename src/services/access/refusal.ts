import { ServiceError } from '../../base/index.ts';
import type { Call, Holder, ServiceName } from '../../gateway/index.ts';
import { type Denied, denialText } from '../../policies/index.ts';
import type { Need } from './need.ts';

/** How services word and number a refusal by policies. */
const codes: Readonly<Record<ServiceName, { code: string; status: number }>> = {
  sagemaker: { code: 'AccessDeniedException', status: 400 },
  'sagemaker-runtime': { code: 'AccessDeniedException', status: 403 },
  'sagemaker-metrics': { code: 'AccessDeniedException', status: 403 },
  logs: { code: 'AccessDeniedException', status: 400 },
  cloudwatch: { code: 'AccessDenied', status: 403 },
  iam: { code: 'AccessDenied', status: 403 },
  sts: { code: 'AccessDenied', status: 403 },
  s3: { code: 'AccessDenied', status: 403 },
};

/** The refusal of a call that policies deny. */
export function refusalOf({ service }: Call, holder: Holder | undefined, need: Need, denied: Denied): ServiceError {
  const { code, status } = codes[service];
  if (holder === undefined) return new ServiceError(code, 'Access Denied', { status });
  const { principal } = holder;
  const who = 'arn' in principal ? principal.arn : 'anonymous';
  const resource = service === 's3' ? `"${need.resource}"` : need.resource;
  return new ServiceError(code, denialText(denied, { who, action: need.action, resource }), { status });
}
