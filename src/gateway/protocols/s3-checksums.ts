import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { Crc64Nvme } from '@aws-sdk/crc64-nvme';
import { crc32c } from '@node-rs/crc32';
import { ServiceError } from '../../base/index.ts';
import type { WireRequest } from '../http/wire-request.ts';
import type { OperationModel } from '../model/service-model.ts';

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
};

const xxhash = (name: string) => async (bytes: Buffer) =>
  Buffer.from(await (await import('./xxhash.ts')).xxhash[name]!(bytes), 'hex');

const algorithms: Readonly<Record<string, (bytes: Buffer) => Buffer | Promise<Uint8Array>>> = {
  crc32: (bytes) => uint32(crc32(bytes)),
  crc32c: (bytes) => uint32(crc32c(bytes)),
  crc64nvme: (bytes) => {
    const sum = new Crc64Nvme();
    sum.update(bytes);
    return sum.digest();
  },
  sha1: (bytes) => createHash('sha1').update(bytes).digest(),
  sha256: (bytes) => createHash('sha256').update(bytes).digest(),
  sha512: (bytes) => createHash('sha512').update(bytes).digest(),
  md5: (bytes) => createHash('md5').update(bytes).digest(),
  xxhash64: xxhash('xxhash64'),
  xxhash3: xxhash('xxhash3'),
  xxhash128: xxhash('xxhash128'),
};

const prefix = 'x-amz-checksum-';
/** Headers with that prefix that carry no checksum. */
const aboutChecksums = ['algorithm', 'mode', 'type'];
const statement = 'x-amz-sdk-checksum-algorithm';

const invalidRequest = (message: string): ServiceError => new ServiceError('InvalidRequest', message, { status: 400 });

/**
 * Checks the digests a client declared for a body that the operation sees only as parsed members. A streamed body's
 * are the operation's to check. Throws BadDigest, InvalidDigest or InvalidRequest (400), or NotImplemented (501) for a
 * checksum that Linnet does not compute.
 */
export async function requireChecksums(
  operation: OperationModel,
  request: WireRequest,
  body: Buffer,
  trailers: Readonly<Record<string, string>>,
): Promise<void> {
  const md5 = request.headers['content-md5'];
  if (md5 !== undefined) {
    if (Buffer.from(md5, 'base64').length !== 16)
      throw new ServiceError('InvalidDigest', 'The Content-MD5 you specified was invalid.', { status: 400 });
    if (createHash('md5').update(body).digest('base64') !== md5)
      throw new ServiceError('BadDigest', 'The Content-MD5 you specified did not match what we received.', {
        status: 400,
      });
  }
  if (!operation.bodyChecksum) return;
  const declaredOf = (name: string): string | undefined => request.headers[prefix + name] ?? trailers[prefix + name];
  const unknown = Object.keys({ ...request.headers, ...trailers })
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length))
    .find((name) => algorithms[name] === undefined && !aboutChecksums.includes(name));
  if (unknown !== undefined)
    throw new ServiceError(
      'NotImplemented',
      `The checksum algorithm ${unknown.slice(0, 20).toUpperCase()} is not offered by Linnet; ${Object.keys(algorithms).join(', ').toUpperCase()} are`,
      { status: 501 },
    );
  const stated = request.headers[statement]?.toLowerCase();
  const sent = Object.keys(algorithms).filter((name) => declaredOf(name) !== undefined);
  if (stated !== undefined && sent.length === 0)
    throw invalidRequest(
      `${statement} specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.`,
    );
  if (stated !== undefined && sent.some((name) => name !== stated))
    throw invalidRequest(`Value for ${statement} header is invalid.`);
  for (const [name, compute] of Object.entries(algorithms)) {
    const declared = declaredOf(name);
    if (declared === undefined) continue;
    const computed = Buffer.from(await compute(body)).toString('base64');
    if (computed !== declared)
      throw new ServiceError(
        'BadDigest',
        `The ${name.toUpperCase()} you specified did not match the calculated checksum.`,
        { status: 400 },
      );
  }
}
