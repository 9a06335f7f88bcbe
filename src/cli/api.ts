import { readFileSync } from 'node:fs';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { AwsV4Signer } from 'aws4fetch';
import { assert, DataError, messageOf, ServiceError, Unavailable } from '../base/index.ts';
import type { ServerNote } from '../server/index.ts';

/** The public API of the server that runs, by the names of Amazon's documentation. */
export interface Api {
  /** Throws ServiceError for a refusal, Unavailable when the server does not answer. */
  call<Answer>(service: keyof typeof targets, operation: string, input: object): Promise<Answer>;
  /** The bytes of an object. Throws ServiceError for a refusal, Unavailable when the server does not answer. */
  object(place: { bucket: string; key: string }): Promise<Uint8Array>;
  /** A request of S3 for a path that is encoded already; its answer may be long. Throws as `call` does. */
  s3(method: 'GET' | 'PUT' | 'DELETE', path: string, sent?: S3Request): Promise<IncomingMessage>;
  /** An operation of IAM, whose members are texts. */
  iam(operation: string, input: Readonly<Record<string, string>>): Promise<Answered>;
  /** Status and text of a page below `/_linnet/`. */
  page(name: string): Promise<{ status: number; text: string }>;
}

export interface S3Request {
  headers?: Readonly<Record<string, string>>;
  body?: Readable | Uint8Array;
}

/** The text of an answer's element by its name, or of all elements of that name. Throws AssertionError for one that is not there. */
export interface Answered {
  (name: string): string;
  all(name: string): string[];
}

const targets = { sagemaker: 'SageMaker', logs: 'Logs_20140328' } as const;
/** A first look at a young job may be held for a minute by the server. */
const answerMsMax = 70_000;

export function openApi(note: ServerNote): Api {
  const { accessKeyId, secretAccessKey, region } = note;
  const url = new URL('/', note.address);
  return {
    async call<Answer>(service: keyof typeof targets, operation: string, input: object): Promise<Answer> {
      const headers = {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `${targets[service]}.${operation}`,
      };
      const body = JSON.stringify(input);
      const signer = new AwsV4Signer({
        url: url.href,
        method: 'POST',
        headers,
        body,
        accessKeyId,
        secretAccessKey,
        region,
        service,
      });
      const signed = await signer.sign();
      const answer = await send(note, url, 'POST', Object.fromEntries(signed.headers), body);
      const said = JSON.parse(answer.bytes.toString() || '{}') as Answer & {
        __type?: string;
        message?: string;
        Message?: string;
      };
      if (answer.status === 200) return said;
      const code = (said.__type ?? 'Error').split('#').at(-1)!;
      throw new ServiceError(code, said.message ?? said.Message ?? `Status ${answer.status}`, {
        status: answer.status,
      });
    },
    async object({ bucket, key }) {
      return buffer(await this.s3('GET', objectPath(bucket, key)));
    },
    async s3(method, path, { headers = {}, body = '' } = {}) {
      const place = new URL(path, url);
      const signer = new AwsV4Signer({
        url: place.href,
        method,
        // A body is read once, on its way: nobody could hash it before.
        headers: { ...headers, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
        accessKeyId,
        secretAccessKey,
        region,
        service: 's3',
      });
      const signed = await signer.sign();
      const answer = await respond(note, place, method, { ...Object.fromEntries(signed.headers), ...headers }, body);
      if ((answer.statusCode ?? 500) < 300) return answer;
      const said = elementsOf((await buffer(answer)).toString());
      const code = said.all('Code')[0] ?? 'Error';
      const what = `s3:/${decodeURIComponent(place.pathname)}`;
      throw new ServiceError(code, `${what}: ${said.all('Message')[0] ?? `status ${answer.statusCode}`} (${code})`, {
        status: answer.statusCode ?? 500,
      });
    },
    async page(name) {
      const { status, bytes } = await send(note, new URL(`/_linnet/${name}`, url), 'GET', {}, '');
      return { status, text: bytes.toString() };
    },
    async iam(operation, input) {
      const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
      const body = new URLSearchParams({ Action: operation, Version: '2010-05-08', ...input }).toString();
      const signer = new AwsV4Signer({
        url: url.href,
        method: 'POST',
        headers,
        body,
        accessKeyId,
        secretAccessKey,
        region: 'us-east-1',
        service: 'iam',
      });
      const signed = await signer.sign();
      const answer = await send(note, url, 'POST', Object.fromEntries(signed.headers), body);
      const said = elementsOf(answer.bytes.toString());
      if (answer.status === 200) return said;
      throw new ServiceError(said.all('Code')[0] ?? 'Error', said.all('Message')[0] ?? `Status ${answer.status}`, {
        status: answer.status,
      });
    },
  };
}

/** The elements of a Query answer that hold a text. IAM's texts have no markup but the five entities. */
export function elementsOf(xml: string): Answered {
  const plain = (text: string): string =>
    text.replace(/&(amp|lt|gt|quot|apos);/g, (_, entity: 'amp') => entities[entity]);
  const all = (name: string): string[] =>
    [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map(([, text = '']) => plain(text));
  const one = (name: string): string => {
    const [first] = all(name);
    assert(first !== undefined, `The answer has ${name}`);
    return first;
  };
  return Object.assign(one, { all });
}

const entities = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Where an object stands, or a bucket. Throws DataError for a key that no address can say: clients take dots for a way up. */
export function objectPath(bucket: string, key = ''): string {
  const parts = key === '' ? [bucket] : [bucket, ...key.split('/')];
  if (parts.some((part) => part === '.' || part === '..'))
    throw new DataError(`"s3://${bucket}/${key}" has a part of dots alone, which an address cannot say`);
  return `/${parts.map(encodeURIComponent).join('/')}`;
}

/** The whole answer. */
async function send(
  note: ServerNote,
  url: URL,
  method: string,
  headers: Record<string, string>,
  body: string,
): Promise<{ status: number; bytes: Buffer }> {
  const response = await respond(note, url, method, headers, body);
  const bytes = await buffer(response).catch((cause: unknown) => {
    throw unanswered(note, cause);
  });
  return { status: response.statusCode ?? 0, bytes };
}

/** The certificate is checked: a self-signed one against the file that the server names. */
async function respond(
  note: ServerNote,
  url: URL,
  method: string,
  headers: Record<string, string>,
  body: string | Uint8Array | Readable,
): Promise<IncomingMessage> {
  const { certificateFile } = note;
  const ca = certificateFile === undefined ? {} : { ca: readFileSync(certificateFile) };
  try {
    return await new Promise<IncomingMessage>((resolve, reject) => {
      const options = { method, headers: { ...headers, connection: 'close' }, timeout: answerMsMax, ...ca };
      const sent = url.protocol === 'https:' ? requestHttps(url, options) : requestHttp(url, options);
      sent.once('response', resolve).once('error', reject);
      sent.once('timeout', () => sent.destroy(new Error(`no answer within ${answerMsMax / 1000} s`)));
      if (body instanceof Readable) body.once('error', reject).pipe(sent);
      else sent.end(body);
    });
  } catch (cause) {
    throw unanswered(note, cause);
  }
}

const unanswered = ({ address }: ServerNote, cause: unknown): Unavailable =>
  new Unavailable(`The server at ${address} does not answer: ${messageOf(cause)}`, { cause });
