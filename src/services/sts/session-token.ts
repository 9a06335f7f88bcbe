import type { Secrets } from '../access/secrets.ts';

/** All that a session is: it is kept in its token only, sealed, so that nobody can read, change or make one. */
export interface SessionToken {
  accessKeyId: string;
  secret: string;
  kind: 'user' | 'role' | 'account';
  /** The id of the record of the user or role; empty for the account. */
  name: string;
  /** The unique id of the user or role: one that is made anew under the same name is another. */
  id: string;
  /** Of a role. */
  sessionName?: string;
  issuedAtMs: number;
  expiresAtMs: number;
  /** Documents that limit the session; left out, there are none. */
  policies?: string[];
  /** ARNs of managed ones. */
  policyArns?: string[];
  tags?: Record<string, string>;
}

const version = 'linnet1:';

/** Temporary keys and the token that carries them. */
export function newSession(
  secrets: Secrets,
  session: Omit<SessionToken, 'accessKeyId' | 'secret'>,
): { AccessKeyId: string; SecretAccessKey: string; SessionToken: string; Expiration: Date } {
  const { accessKeyId, secretAccessKey } = secrets.newKey('ASIA');
  const token: SessionToken = { ...session, accessKeyId, secret: secretAccessKey };
  return {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: secrets.seal(`${version}${JSON.stringify(token)}`),
    Expiration: new Date(session.expiresAtMs),
  };
}

/** Undefined for a text that is no token of this server. */
export function readSession(secrets: Secrets, token: string): SessionToken | undefined {
  const text = secrets.unseal(token);
  return text?.startsWith(version) ? (JSON.parse(text.slice(version.length)) as SessionToken) : undefined;
}
