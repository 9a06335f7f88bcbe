import type { Holder, Key } from '../../gateway/index.ts';
import { type Policy, readPolicy } from '../../policies/index.ts';
import type { Records } from '../../store/index.ts';
import { findRole, type RoleBody, roleArn } from '../iam/role.ts';
import { tagsByKey } from '../iam/tags.ts';
import { type AccessKeyBody, accessKeyKind } from '../iam/users/access-key.ts';
import { type UserBody, userArn, userKind } from '../iam/users/user.ts';
import { readSession, type SessionToken } from '../sts/session-token.ts';
import { accountHolder, type IdentityOptions } from './account.ts';
import { compiled, type Limits, limitsOf, managed } from './policies-of.ts';
import type { Secrets } from './secrets.ts';
import { readStanding, type Standing } from './standing.ts';

export interface IdentitiesOptions extends IdentityOptions {
  records: Records;
  secrets: Secrets;
  /** The account's own key. */
  root: { accessKeyId: string; secretAccessKey: string };
  nowMs(): number;
}

/** Who holds a key, and which policies limit the holder: remembered, since every request asks. */
export interface Identities {
  keyOf(accessKeyId: string, token: string | undefined): Key | undefined | Promise<Key | undefined>;
  limitsOf(holder: Holder): Limits | Promise<Limits>;
  /** How a role stands whose ARN a request gives, for what Linnet does in its name. */
  standingOf(arn: string): Standing | Promise<Standing>;
  /** Forgets everything, because users, keys, groups, roles or policies have changed. */
  changed(): void;
}

/** Keys, tokens and holders that are remembered, of each kind. */
const rememberedMax = 10_000;

export function openIdentities(options: IdentitiesOptions): Identities {
  const { records, root } = options;
  const account: Key = { secret: root.secretAccessKey, holder: accountHolder(options) };
  const keys = remembering<Key | undefined>();
  const sessions = remembering<KnownSession | undefined>();
  const limits = remembering<Limits>();
  const roles = remembering<Standing>();
  const everything: Limits = { identity: [allowAll] };
  return {
    keyOf(accessKeyId, token) {
      if (accessKeyId === root.accessKeyId) return account;
      if (!accessKeyId.startsWith('ASIA')) return keys.get(accessKeyId, () => userKey(options, accessKeyId));
      if (token === undefined) return undefined;
      const known = sessions.get(token, () => openSession(options, token));
      return known instanceof Promise
        ? known.then((session) => sessionKey(session, accessKeyId, options.nowMs()))
        : sessionKey(known, accessKeyId, options.nowMs());
    },
    limitsOf({ principal }) {
      if (principal.kind !== 'user' && principal.kind !== 'session') return everything;
      const isUser = principal.kind === 'user';
      const arn = isUser ? principal.arn : principal.roleArn;
      return limits.get(arn, async () => {
        const body = await (isUser ? userBody(records, arn) : roleBody(options, arn));
        return body === undefined ? { identity: [] } : limitsOrEverything(records, body);
      });
    },
    standingOf: (arn) => roles.get(arn, () => readStanding(options, arn)),
    changed() {
      for (const cache of [keys, sessions, limits, roles]) cache.clear();
    },
  };
}

const allowAll: Policy = readPolicy('{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}', 'identity');

/** A role that nobody made may do everything: as long as there are no roles, there are no rights to speak of. */
const limitsOrEverything = (records: Records, { written, body }: Found): Limits | Promise<Limits> =>
  written ? limitsOf(records, body) : { identity: [allowAll] };

interface Found {
  written: boolean;
  body: UserBody | RoleBody;
}

async function userBody(records: Records, arn: string): Promise<Found | undefined> {
  const body = (await records.get<UserBody>(userKind, nameIn(arn)))?.body;
  return body && { written: true, body };
}

async function roleBody(options: IdentitiesOptions, arn: string): Promise<Found | undefined> {
  const found = await findRole(options, nameIn(arn)).catch(() => undefined);
  return found && { written: found.version !== 'absent', body: found.body };
}

const nameIn = (arn: string): string => (arn.split('/').at(-1) ?? '').toLowerCase();

async function userKey({ records, secrets, accountId }: IdentitiesOptions, id: string): Promise<Key | undefined> {
  const key = (await records.get<AccessKeyBody>(accessKeyKind, id))?.body;
  if (key === undefined || !key.active) return undefined;
  const user = (await records.get<UserBody>(userKind, key.user))?.body;
  const secret = secrets.unseal(key.sealedSecret);
  if (user === undefined || secret === undefined) return undefined;
  return { secret, holder: userHolder(accountId, user) };
}

const userHolder = (accountId: string, user: UserBody): Holder => ({
  principal: { kind: 'user', accountId, arn: userArn(accountId, user), id: user.userId },
  userId: user.userId,
  userName: user.name,
  tags: tagsByKey(user.tags),
});

/** Tags of a session take the place of the role's, whose keys are matched without case. */
function overlaid(tags: Record<string, string>, over: Record<string, string>): Record<string, string> {
  const taken = new Set(Object.keys(over).map((key) => key.toLowerCase()));
  return { ...Object.fromEntries(Object.entries(tags).filter(([key]) => !taken.has(key.toLowerCase()))), ...over };
}

interface KnownSession {
  token: SessionToken;
  holder: Holder;
}

/** A session as it is now: undefined when its user or role is gone. */
async function openSession(options: IdentitiesOptions, text: string): Promise<KnownSession | undefined> {
  const { records, secrets, accountId } = options;
  const token = readSession(secrets, text);
  if (token === undefined) return undefined;
  const { issuedAtMs } = token;
  if (token.kind === 'account') return { token, holder: { ...accountHolder(options), session: { issuedAtMs } } };
  if (token.kind === 'user') {
    const user = (await records.get<UserBody>(userKind, token.name))?.body;
    if (user === undefined || user.userId !== token.id) return undefined;
    return { token, holder: { ...userHolder(accountId, user), session: { issuedAtMs } } };
  }
  const role = (await findRole(options, token.name).catch(() => undefined))?.body;
  if (role === undefined || role.roleId !== token.id) return undefined;
  const policies =
    token.policies === undefined
      ? undefined
      : [
          ...token.policies.map(compiled),
          ...(await Promise.all((token.policyArns ?? []).map((arn) => managed(records, arn)))).flatMap(
            (one) => one ?? [],
          ),
        ];
  const id = `${role.roleId}:${token.sessionName}`;
  const arn = `arn:aws:sts::${accountId}:assumed-role/${role.name}/${token.sessionName}`;
  return {
    token,
    holder: {
      principal: { kind: 'session', accountId, arn, roleArn: roleArn(options, role), roleId: role.roleId, id },
      userId: id,
      tags: overlaid(tagsByKey(role.tags), token.tags ?? {}),
      session: { issuedAtMs, ...(policies === undefined ? {} : { policies }) },
    },
  };
}

function sessionKey(known: KnownSession | undefined, accessKeyId: string, nowMs: number): Key {
  if (known === undefined || known.token.accessKeyId !== accessKeyId) return { refusal: 'invalid-token' };
  if (nowMs >= known.token.expiresAtMs) return { refusal: 'expired-token' };
  return { secret: known.token.secret, holder: known.holder };
}

/** What was found, by its key. What is looked up while everything is forgotten is not remembered. */
function remembering<Value>() {
  let known = new Map<string, Value>();
  return {
    get(key: string, find: () => Promise<Value>): Value | Promise<Value> {
      const before = known.get(key);
      if (before !== undefined) return before;
      const into = known;
      return find().then((found) => {
        if (into.size >= rememberedMax) into.clear();
        if (found !== undefined) into.set(key, found);
        return found;
      });
    },
    clear(): void {
      known = new Map();
    },
  };
}
