import { AwsClient } from 'aws4fetch';
import { CallError, send } from './call.ts';

/** Who is signed in, and what the server says of itself. */
export interface Session {
  accessKeyId: string;
  region: string;
  accountId: string;
  endsAtMs: number;
  version: string;
  ready: boolean;
  auth: 'strict' | 'open';
}

const path = '/_linnet/console/session';

/** Null when nobody is signed in. */
export const readSession = async (signal?: AbortSignal): Promise<Session | null> =>
  (await send('sts', path, signal ? { signal } : {})).json() as Promise<Session | null>;

/** Signs one request with the key and forgets it: the secret does not leave the page. Throws CallError for a refusal. */
export async function signIn(key: {
  accessKeyId: string;
  secretAccessKey: string;
  /** Of a temporary key. */
  sessionToken?: string;
}): Promise<Session> {
  const region = 'us-east-1';
  const client = new AwsClient({ ...key, service: 'sts', region, retries: 0 });
  const request = await client.sign(new URL(path, location.href).href, { method: 'POST' });
  const response = await fetch(request).catch(() => {
    throw new CallError('The server does not answer. Is it running?', { code: 'NoAnswer', status: 0 });
  });
  const body = (await response.json()) as Session & { __type?: string; message?: string };
  if (response.ok) return body;
  const code = (body.__type ?? '').replace(/^.*#/, '');
  throw new CallError(explain(code, body.message ?? ''), {
    code,
    status: response.status,
    requestId: response.headers.get('x-amzn-requestid') ?? undefined,
  });
}

export async function signOut(): Promise<void> {
  await send('sts', path, { method: 'DELETE' });
}

/** Signing needs the browser's cryptography, which it keeps from plain http beyond this machine. */
export const canSign = (): boolean => globalThis.crypto?.subtle !== undefined;

function explain(code: string, message: string): string {
  if (code === 'UnrecognizedClientException')
    return 'There is no such access key on this server. A temporary key needs the session token that came with it';
  if (code === 'InvalidSignatureException' && /expired|current/.test(message))
    return `The clocks of this machine and of the server differ too much. ${message}`;
  if (code === 'InvalidSignatureException') return 'This is not the secret of that access key';
  return message;
}
