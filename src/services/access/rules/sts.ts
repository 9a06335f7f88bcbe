import type { Rule } from '../need.ts';

/** STS. Nobody needs permission to find out who they are, or for temporary keys of their own. */
export const stsRule: Rule = ({ operation, input }) => {
  switch (operation) {
    case 'GetCallerIdentity':
    case 'GetSessionToken':
      return [];
    case 'AssumeRole': {
      const tags = tagsIn(input.Tags);
      const values = {
        'sts:externalid': input.ExternalId,
        'sts:rolesessionname': input.RoleSessionName,
        'sts:durationseconds': input.DurationSeconds === undefined ? undefined : String(input.DurationSeconds),
        ...tags,
      };
      const need = { action: 'sts:AssumeRole', resource: input.RoleArn ?? '*', values };
      return Object.keys(tags).length === 0 ? [need] : [need, { ...need, action: 'sts:TagSession' }];
    }
    default:
      return [{ action: `sts:${operation}`, resource: '*' }];
  }
};

/** The keys aws:RequestTag/... and aws:TagKeys of a request's tags. */
export function tagsIn(tags: unknown): Record<string, string | readonly string[]> {
  if (!Array.isArray(tags) || tags.length === 0) return {};
  const values: Record<string, string | readonly string[]> = {
    'aws:tagkeys': tags.map(({ Key }: { Key?: string }) => Key ?? ''),
  };
  for (const { Key = '', Value = '' } of tags as { Key?: string; Value?: string }[])
    values[`aws:requesttag/${Key.toLowerCase()}`] = Value;
  return values;
}
