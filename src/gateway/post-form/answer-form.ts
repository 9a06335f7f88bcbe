import { ServiceError } from '../../base/index.ts';
import { admitForm } from '../authenticate/post-form.ts';
import { type Admitted, callOf, findOperation } from '../call.ts';
import { plainDecoder } from '../http/body-decoder.ts';
import { Payload } from '../http/payload.ts';
import { encodePercent } from '../http/request-target.ts';
import { announcedLength, type WireRequest } from '../http/wire-request.ts';
import { paceOf } from '../limits.ts';
import type { ServiceModel } from '../model/service-model.ts';
import type { Desk } from '../options.ts';
import type { Reply } from '../protocols/protocol.ts';
import { invalidS3, readS3, writeS3 } from '../protocols/rest-xml.ts';
import type { S3Address } from '../protocols/s3-address.ts';
import { requireUploadLength } from '../protocols/s3-body.ts';
import { validate } from '../shapes/validate.ts';
import { readXml } from '../shapes/xml.ts';
import { escapeXml, parseXml } from '../shapes/xml-text.ts';
import { requirePolicy, type SizeRange } from './post-policy.ts';
import { type PostForm, readForm } from './read-form.ts';

/** Fields, boundaries and part headers around the largest file. */
const aroundFileBytesMax = 64 * 1024;

/** Whether a web page's form uploads a file into a bucket. */
export const isPostForm = ({ method, headers }: WireRequest, { bucket, key }: S3Address): boolean =>
  method === 'POST' && bucket !== undefined && key === undefined && isForm.test(headers['content-type'] ?? '');

const isForm = /^multipart\/form-data\b/i;

/** POST of a form: PutObject, said by fields. Its signature is one of them, and covers a policy that the form has to fit. */
export async function answerForm(desk: Desk, admitted: Admitted, address: S3Address): Promise<Reply> {
  const { exchange, request, side } = admitted;
  const { limits, options } = desk;
  const length = requireUploadLength(
    { decodedLength: announcedLength(request) },
    limits.objectBytesMax + aroundFileBytesMax,
  );
  const body = new Payload(request.message, {
    ...{ decoder: plainDecoder(undefined), pace: paceOf(limits), onStart: exchange.goOn },
    ...{ length, wholeMs: limits.bodyWholeMs },
  });
  try {
    const form = await readForm(request.headers['content-type'] ?? '', body);
    const bucket = address.bucket ?? '';
    const fields = new Map(form.fields).set('key', keyOf(form));
    const admission = await admitForm(fields, options);
    exchange.admission = admission;
    const policy = fields.get('policy');
    const size = policy === undefined ? anySize : requirePolicy(policy, fields, { bucket, nowMs: options.nowMs() });
    const put = { ...request, method: 'PUT', headers: await headersOf(fields, side.model) };
    const sender: Admitted = { ...admitted, request: put, admission };
    const { operation, run } = findOperation(sender, 'PutObject', { code: 'NotImplemented', status: 501 });
    const key = fields.get('key') ?? '';
    const input = await readS3(operation, {
      ...{ request: put, address: { ...address, key } },
      ...{ presigned: false, decodedLength: undefined, payload: Buffer.alloc(0) },
    });
    const violations = validate(operation.input, input, { anchorPatterns: false, anyText: true });
    if (violations.length > 0) throw invalidS3(violations);
    input.Body = sized(form.file, { min: size.min, max: Math.min(size.max, limits.objectBytesMax) });
    const call = callOf(desk, sender, operation, { input, trailers: () => ({}) });
    if (options.authorise !== undefined) await options.authorise(call);
    else if (admission.caller.anonymous) throw new ServiceError('AccessDenied', 'Access Denied', { status: 403 });
    const output: Record<string, unknown> = (await run(call)) ?? {};
    const reply = writeS3(operation, output, exchange.requestId);
    const location = `${call.address.replace(/\/$/, '')}/${key.split('/').map(encodePercent).join('/')}`;
    return success(reply, fields, { bucket, key, location, etag: String(output.ETag) });
  } finally {
    body.destroy();
  }
}

const anySize: SizeRange = { min: 0, max: Number.POSITIVE_INFINITY };

/** The key, with the file's name where it asks for that. Throws InvalidArgument (400). */
function keyOf({ fields, fileName }: PostForm): string {
  const name = fileName.split(/[\\/]/).at(-1) ?? '';
  const key = fields.get('key')?.replaceAll(/\$\{filename\}/g, () => name) ?? '';
  if (key !== '') return key;
  throw new ServiceError(
    'InvalidArgument',
    "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.",
    { status: 400, details: { ArgumentName: 'key', ArgumentValue: '' } },
  );
}

const plainHeaders: readonly string[] = [
  'cache-control',
  'content-type',
  'content-disposition',
  'content-encoding',
  'content-language',
  'expires',
];
const aboutSender = /^x-amz-(algorithm|credential|date|signature|security-token)$/;

/** The headers of the PutObject that a form stands for, one character for each byte as headers are read. */
async function headersOf(fields: ReadonlyMap<string, string>, model: ServiceModel): Promise<Record<string, string>> {
  const headers: Record<string, string> = {};
  const say = (name: string, value: string): void => {
    headers[name] = Buffer.from(value, 'utf8').toString('latin1');
  };
  for (const [name, value] of fields) {
    if (name === 'acl') say('x-amz-acl', value);
    else if (name === 'tagging') say('x-amz-tagging', await tagsOf(value, model));
    else if (plainHeaders.includes(name) || (name.startsWith('x-amz-') && !aboutSender.test(name))) say(name, value);
  }
  return headers;
}

/** Tags as a header has them, of the document that a form has. */
async function tagsOf(text: string, model: ServiceModel): Promise<string> {
  const tagging = model.operation('PutObjectTagging')?.input.members.find(({ name }) => name === 'Tagging');
  const { TagSet = [] } = readXml(tagging!.shape, await parseXml(Buffer.from(text))) as {
    TagSet?: { Key?: string; Value?: string }[];
  };
  const pairs = TagSet.map(({ Key = '', Value = '' }): [string, string] => [Key, Value]);
  return new URLSearchParams(pairs).toString();
}

/** A file whose size is as its policy says. Throws EntityTooLarge or EntityTooSmall (400), at its end at the latest. */
async function* sized(file: AsyncIterable<Buffer>, { min, max }: SizeRange): AsyncGenerator<Buffer> {
  let size = 0;
  const wrong = (code: string, word: string, limit: object): ServiceError =>
    new ServiceError(
      code,
      `Your proposed upload ${word} the ${code === 'EntityTooLarge' ? 'maximum' : 'minimum'} allowed size`,
      {
        status: 400,
        details: { ProposedSize: size, ...limit },
      },
    );
  for await (const piece of file) {
    size += piece.length;
    if (size > max) throw wrong('EntityTooLarge', 'exceeds', { MaxSizeAllowed: max });
    yield piece;
  }
  if (size < min) throw wrong('EntityTooSmall', 'is smaller than', { MinSizeAllowed: min });
}

interface Uploaded {
  bucket: string;
  key: string;
  etag: string;
  location: string;
}

/** The answer that the form asks for: a redirect, a document, or nothing. */
function success({ headers }: Reply, fields: ReadonlyMap<string, string>, uploaded: Uploaded): Reply {
  const { bucket, key, etag, location } = uploaded;
  const answered = { ...headers, location };
  const target = redirectOf(fields.get('success_action_redirect') ?? fields.get('redirect'));
  if (target !== undefined) {
    for (const [name, value] of Object.entries({ bucket, key, etag })) target.searchParams.set(name, value);
    return { status: 303, headers: { ...headers, location: target.href }, body: undefined };
  }
  const asked = fields.get('success_action_status');
  if (asked !== '201') return { status: asked === '200' ? 200 : 204, headers: answered, body: undefined };
  const members = { Location: location, Bucket: bucket, Key: key, ETag: etag };
  const text = Object.entries(members).map(([name, value]) => `<${name}>${escapeXml(value)}</${name}>`);
  return {
    status: 201,
    headers: { ...answered, 'content-type': 'application/xml' },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse>${text.join('')}</PostResponse>`,
  };
}

/** An address that cannot be read is no wish at all, as at Amazon. */
function redirectOf(text: string | undefined): URL | undefined {
  if (text === undefined || !URL.canParse(text)) return undefined;
  const target = new URL(text);
  return /^https?:$/.test(target.protocol) ? target : undefined;
}
