import type { Call } from '../../gateway/index.ts';
import type { Policy } from '../../policies/index.ts';
import type { Objects, Records } from '../../store/index.ts';
import { type KeptTag, tagsByKey } from '../iam/tags.ts';
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
  { resource, values }: Need,
): Promise<Readonly<Record<string, string>>> {
  const parts = partsOf(resource);
  if (parts !== undefined && isKind(parts.kind))
    return tagsByKey(await tagsOf({ records: options.recordsOf(parts.region) }, parts.kind, parts.name));
  const [, kind, name = ''] = /^arn:[^:]*:iam::\d{12}:(user|role|policy)\/(?:.*\/)?([^/]+)$/.exec(resource) ?? [];
  if (kind !== undefined) {
    const record = await options.records.get<{ tags?: KeptTag[] }>(`iam-${kind}`, name.toLowerCase());
    return tagsByKey(record?.body.tags ?? []);
  }
  const [, bucket, key] = /^arn:[^:]*:s3:::([^/]+)\/(.+)$/s.exec(resource) ?? [];
  if (bucket === undefined || key === undefined || call.service !== 's3') return {};
  // Of the version that is asked for: the latest may have other tags.
  const versionId = values?.['s3:versionid'];
  const version = typeof versionId === 'string' && versionId !== '' ? versionId : undefined;
  return (await options.objects.head(resolved(bucket), key, version))?.attributes.tags ?? {};
}

const knownTagAskers = new WeakMap<Policy, boolean>();

/** Whether a policy looks at the tags of what is acted on; found out once. */
export function asksForTags(policy: Policy): boolean {
  const known = knownTagAskers.get(policy) ?? mentionsTags(policy);
  knownTagAskers.set(policy, known);
  return known;
}

const mentionsTags = ({ mentions }: Policy): boolean => {
  for (const key of mentions)
    if (/^(aws:resourcetag|sagemaker:resourcetag|iam:resourcetag|s3:existingobjecttag)\//.test(key)) return true;
  return false;
};
