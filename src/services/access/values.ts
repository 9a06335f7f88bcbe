import type { Call, Holder } from '../../gateway/index.ts';
import { principalArnOf } from '../../policies/index.ts';
import type { Need } from './need.ts';

/** What a request says of itself, whichever its operation; asked for by condition keys in lower case. */
export function valuesFor(
  call: Call,
  holder: Holder | undefined,
  { values }: Pick<Need, 'values'>,
  resourceTags: Readonly<Record<string, string>> = {},
): (key: string) => string | readonly string[] | undefined {
  return (key) => {
    const own = values?.[key];
    if (own !== undefined) return own;
    const [, prefix, tag] = tagKey.exec(key) ?? [];
    if (tag !== undefined) return tagOf(prefix === 'aws:principaltag' ? (holder?.tags ?? {}) : resourceTags, tag);
    return common(key, call, holder);
  };
}

/** Condition keys that end in the key of a tag. */
export const tagKey =
  /^(aws:principaltag|aws:resourcetag|sagemaker:resourcetag|iam:resourcetag|s3:existingobjecttag)\/(.+)$/;

/** Keys of tags are matched without case. */
export const tagOf = (tags: Readonly<Record<string, string>>, wanted: string): string | undefined =>
  Object.entries(tags).find(([key]) => key.toLowerCase() === wanted)?.[1];

function common(key: string, call: Call, holder: Holder | undefined): string | undefined {
  const { headers, nowMs } = call;
  switch (key) {
    case 'aws:currenttime':
      return new Date(nowMs).toISOString();
    case 'aws:epochtime':
      return String(Math.floor(nowMs / 1000));
    case 'aws:sourceip':
      return call.peer?.replace(/^::ffff:(?=\d+\.)/, '').replace(/%.*$/, '');
    case 'aws:securetransport':
      return String(call.address.startsWith('https:'));
    case 'aws:useragent':
      return headers['user-agent'];
    case 'aws:referer':
      return headers.referer;
    case 'aws:requestedregion':
      return call.region;
    case 'aws:viaawsservice':
    case 'aws:principalisawsservice':
      return 'false';
    case 'aws:resourceaccount':
      return call.accountId;
    default:
      return holder === undefined ? undefined : ofHolder(key, holder);
  }
}

function ofHolder(key: string, holder: Holder): string | undefined {
  const { principal, session, userId, userName } = holder;
  switch (key) {
    case 'aws:principalarn':
      return principalArnOf(principal);
    case 'aws:principalaccount':
      return 'accountId' in principal ? principal.accountId : undefined;
    case 'aws:principaltype':
      return { user: 'User', session: 'AssumedRole', account: 'Account', service: undefined, anonymous: 'Anonymous' }[
        principal.kind
      ];
    case 'aws:userid':
      return userId;
    case 'aws:username':
      return userName;
    case 'aws:tokenissuetime':
      return session === undefined ? undefined : new Date(session.issuedAtMs).toISOString();
    default:
      return undefined;
  }
}
