import { readFileSync } from 'node:fs';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { buffer } from 'node:stream/consumers';
import { AwsV4Signer } from 'aws4fetch';
import { assert, messageOf, ServiceError, Unavailable } from '../base/index.ts';
import type { ServerNote } from '../server/index.ts';

/** The public API of the server that runs, by the names of Amazon's documentation. */
export interface Api {
  /** Throws ServiceError for a refusal, Unavailable when the server does not answer. */
  call<Answer>(service: keyof typeof targets, operation: string, input: object): Promise<Answer>;
  /** The bytes of an object. Throws ServiceError for a refusal, Unavailable when the server does not answer. */
  object(place: { bucket: string; key: string }): Promise<Uint8Array>;
  /** An operation of IAM, whose members are texts. */
  iam(operation: string, input: Readonly<Record<string, string>>): Promise<Answered>;
  /** Status and text of a page below `/_linnet/`. */
  page(name: string): Promise<{ status: number; text: string }>;
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
      const place = new URL(`/${[bucket, ...key.split('/')].map(encodeURIComponent).join('/')}`, url);
      const signer = new AwsV4Signer({
        url: place.href,
        method: 'GET',
        accessKeyId,
        secretAccessKey,
        region,
        service: 's3',
      });
      const signed = await signer.sign();
      const { status, bytes } = await send(note, place, 'GET', Object.fromEntries(signed.headers), '');
      if (status === 200) return bytes;
      const [, code = 'Error'] = /<Code>([^<]+)</.exec(bytes.toString()) ?? [];
      throw new ServiceError(code, `s3://${bucket}/${key} cannot be read (${code})`, { status });
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
function elementsOf(xml: string): Answered {
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

/** The certificate is checked: a self-signed one against the file that the server names. */
async function send(
  { address, certificateFile }: ServerNote,
  url: URL,
  method: string,
  headers: Record<string, string>,
  body: string,
): Promise<{ status: number; bytes: Buffer }> {
  const ca = certificateFile === undefined ? {} : { ca: readFileSync(certificateFile) };
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const options = { method, headers: { ...headers, connection: 'close' }, timeout: answerMsMax, ...ca };
      const sent = url.protocol === 'https:' ? requestHttps(url, options) : requestHttp(url, options);
      sent.once('response', resolve).once('error', reject);
      sent.once('timeout', () => sent.destroy(new Error(`no answer within ${answerMsMax / 1000} s`)));
      sent.end(body);
    });
    return { status: response.statusCode ?? 0, bytes: await buffer(response) };
  } catch (cause) {
    throw new Unavailable(`The server at ${address} does not answer: ${messageOf(cause)}`, { cause });
  }
}
