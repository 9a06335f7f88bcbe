import type { Call } from '../../gateway/index.ts';
import type { Objects, Records } from '../../store/index.ts';
import { findRole } from '../iam/role.ts';
import { resolved } from '../s3/context.ts';
import { isKind } from '../sagemaker/kinds.ts';
import { partsOf } from '../sagemaker/resource.ts';
import { tagsOf } from '../sagemaker/tags/tags.ts';
import type { IdentityOptions } from './account.ts';
import type { Need } from './need.ts';

interface Options extends IdentityOptions {
  records: Records;
  recordsOf(region: string): Records;
  objects: Pick<Objects, 'head'>;
}

/** The tags of what is acted on, looked up only for policies that ask for them. */
export async function resourceTags(
  options: Options,
  call: Call,
  { resource }: Need,
): Promise<Readonly<Record<string, string>>> {
  const parts = partsOf(resource);
  if (parts !== undefined && isKind(parts.kind))
    return asRecord(await tagsOf({ records: options.recordsOf(parts.region) }, parts.kind, parts.name));
  const [, role] = /^arn:[^:]*:iam::\d{12}:role\/(?:.*\/)?([^/]+)$/.exec(resource) ?? [];
  if (role !== undefined) return asRecord((await findRole(options, role).catch(() => undefined))?.body.tags ?? []);
  const [, bucket, key] = /^arn:[^:]*:s3:::([^/]+)\/(.+)$/s.exec(resource) ?? [];
  if (bucket === undefined || key === undefined || call.service !== 's3') return {};
  return (await options.objects.head(resolved(bucket), key))?.attributes.tags ?? {};
}

const asRecord = (tags: readonly { Key: string; Value: string }[]): Record<string, string> =>
  Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
