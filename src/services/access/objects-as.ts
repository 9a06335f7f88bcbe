import { Readable } from 'node:stream';
import { DataError } from '../../base/index.ts';
import { decide, denialText, type PolicySet, type Principal } from '../../policies/index.ts';
import type { Objects, ObjectTarget } from '../../store/index.ts';
import type { IdentityOptions } from './account.ts';
import { bucketPolicies } from './bucket-policies.ts';
import type { Identities } from './identities.ts';

export interface ObjectsAsOptions extends IdentityOptions {
  identities: Pick<Identities, 'limitsOfRole'>;
  nowMs(): number;
}

/**
 * The objects as a role may read and write them: for jobs, which act in the role of their request. A role that nobody made may do
 * everything. Calls reject with DataError where the role may not.
 */
export async function objectsAs(
  objects: Objects,
  role: string | undefined,
  { identities, accountId, nowMs }: ObjectsAsOptions,
): Promise<Objects> {
  const limits = role === undefined ? undefined : await identities.limitsOfRole(role);
  if (role === undefined || limits === undefined) return objects;
  const arn = `arn:aws:sts::${accountId}:assumed-role/${role.split('/').at(-1)}/SageMaker`;
  const principal: Principal = { kind: 'session', accountId, arn, roleArn: role, roleId: '', id: '' };
  const policyOf = bucketPolicies(objects);

  const require = async (action: string, resource: string, own: Readonly<Record<string, string | undefined>> = {}) => {
    const values = (key: string): string | undefined => own[key] ?? common(key, role, accountId, nowMs());
    const policies: PolicySet = { ...limits, resource: (await policyOf(resource))?.policy };
    const decision = decide({ principal, action, resource, values }, policies);
    if (decision.allowed) return;
    throw new DataError(`AccessDenied: ${denialText(decision, { who: arn, action, resource })}`);
  };
  const ofKey = (bucket: string, key: string): string => `arn:aws:s3:::${bucket}/${key}`;
  const reads = (bucket: string, key: string, version?: string): Promise<void> =>
    require(version === undefined ? 's3:GetObject' : 's3:GetObjectVersion', ofKey(bucket, key));
  const writes = ({ bucket, key }: ObjectTarget): Promise<void> => require('s3:PutObject', ofKey(bucket, key));
  return {
    ...objects,
    async put(target, body, options) {
      await writes(target).catch((cause: unknown) => {
        leave(body);
        throw cause;
      });
      return objects.put(target, body, options);
    },
    async head(bucket, key, version) {
      await reads(bucket, key, version);
      return objects.head(bucket, key, version);
    },
    async get(bucket, key, range, version) {
      await reads(bucket, key, version);
      return objects.get(bucket, key, range, version);
    },
    async place(bucket, key, path, options) {
      await reads(bucket, key);
      return objects.place(bucket, key, path, options);
    },
    async list(bucket, query) {
      await require('s3:ListBucket', `arn:aws:s3:::${bucket}`, { 's3:prefix': query.prefix });
      return objects.list(bucket, query);
    },
    async remove(bucket, key, ...rest) {
      await require('s3:DeleteObject', ofKey(bucket, key));
      return objects.remove(bucket, key, ...rest);
    },
    async createUpload(target, ...rest) {
      await writes(target);
      return objects.createUpload(target, ...rest);
    },
  };
}

/** Ends a stream that nobody will read. */
function leave(body: Uint8Array | AsyncIterable<Uint8Array>): void {
  if (body instanceof Readable) body.on('error', () => undefined).destroy();
}

function common(key: string, role: string, accountId: string, nowMs: number): string | undefined {
  switch (key) {
    case 'aws:principalarn':
      return role;
    case 'aws:principalaccount':
    case 'aws:resourceaccount':
      return accountId;
    case 'aws:currenttime':
      return new Date(nowMs).toISOString();
    case 'aws:viaawsservice':
      return 'true';
    default:
      return undefined;
  }
}
