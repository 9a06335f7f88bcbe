import { ServiceError } from '../../../base/index.ts';
import type { Call } from '../../../gateway/index.ts';
import { checksumAlgorithms, type Digests } from '../../../store/index.ts';
import { invalidRequest } from '../context.ts';

export interface DeclaringInput {
  ContentMD5?: string | undefined;
  ChecksumAlgorithm?: string | undefined;
}

/** Bytes of each checksum. */
const lengths: Readonly<Record<string, number>> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
  SHA512: 64,
  MD5: 16,
  XXHASH64: 8,
  XXHASH3: 8,
  XXHASH128: 16,
};
const headerPrefix = 'x-amz-checksum-';
const statement = 'x-amz-sdk-checksum-algorithm';

/**
 * The checksum algorithm of an upload: the one declared in a header or announced as a trailer; undefined when there is
 * none. Throws InvalidRequest (400) for one that cannot be checked or is not the one the request states, NotImplemented
 * (501) for one that Linnet has not.
 */
export function sentChecksum(call: Call<DeclaringInput>): string | undefined {
  const announced = (call.headers['x-amz-trailer'] ?? '').toUpperCase().match(/(?<=X-AMZ-CHECKSUM-)\w+/g) ?? [];
  const declared = Object.entries(declaredChecksums(call.input));
  requireKnownHeaders(call.headers);
  requireOneWellFormed(declared);
  const sent = [...declared.map(([name]) => name), ...announced];
  if (sent.length > 1) throw severalChecksums();
  const [name] = sent;
  const stated = call.input.ChecksumAlgorithm;
  if (stated !== undefined && name === undefined)
    throw invalidRequest(
      `${statement} specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.`,
    );
  if (stated !== undefined && stated.toUpperCase() !== name)
    throw invalidRequest(`Value for ${statement} header is invalid.`);
  return name === undefined ? undefined : requireAlgorithm(name);
}

/** Headers with that prefix that carry no checksum. */
const aboutChecksums = ['ALGORITHM', 'MODE', 'TYPE'];

/** Throws NotImplemented (501) for a checksum by an algorithm that nobody has heard of: its sender counts on it. */
function requireKnownHeaders(headers: Readonly<Record<string, string>>): void {
  for (const header in headers) {
    if (!header.startsWith(headerPrefix)) continue;
    const name = header.slice(headerPrefix.length).toUpperCase();
    if (!aboutChecksums.includes(name)) requireAlgorithm(name);
  }
}

/** Throws InvalidRequest (400) for several checksums in headers, and for one that is none. */
export function requireOneWellFormed(declared: readonly (readonly [name: string, value: string])[]): void {
  for (const [name, text] of declared) {
    // A composite one may have the number of parts behind it.
    if (!isWellFormed(name, text.replace(/-\d{1,5}$/, '')))
      throw invalidRequest(`Value for ${headerPrefix}${name.toLowerCase()} header is invalid.`);
  }
  if (declared.length > 1) throw severalChecksums();
}

const severalChecksums = (): ServiceError =>
  invalidRequest('Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.');

/** Whether a text is base64 and as long as the checksums of its algorithm are. */
export const isWellFormed = (name: string, text: string): boolean =>
  lengths[name] === undefined ||
  (Buffer.from(text, 'base64').toString('base64') === text && Buffer.byteLength(text, 'base64') === lengths[name]);

/** Checksums that an input declares, by algorithm. */
export function declaredChecksums(input: object): Record<string, string> {
  const found = Object.entries(input).flatMap(([member, value]) => {
    const name = /^Checksum([A-Z0-9]+)$/.exec(member)?.[1];
    return name === undefined || typeof value !== 'string' ? [] : [[name, value] as const];
  });
  return Object.fromEntries(found);
}

/** The algorithm by S3's name. Throws NotImplemented (501) for one that Linnet does not compute. */
export function requireAlgorithm(name: string): string {
  const known = name.toUpperCase();
  if (checksumAlgorithms.includes(known)) return known;
  throw new ServiceError(
    'NotImplemented',
    `The checksum algorithm ${name.slice(0, 20)} is not offered by Linnet; ${checksumAlgorithms.join(', ')} are`,
    { status: 501 },
  );
}

/** Compares what the client declared with what arrived. Throws BadDigest or InvalidDigest (400). */
export function verifyDigests(call: Call<DeclaringInput>, digests: Digests): void {
  const { ContentMD5 } = call.input;
  if (ContentMD5 !== undefined) {
    const declared = Buffer.from(ContentMD5, 'base64');
    if (declared.length !== 16) throw new ServiceError('InvalidDigest', 'The Content-MD5 you specified was invalid.');
    if (declared.toString('hex') !== digests.md5)
      throw new ServiceError('BadDigest', 'The Content-MD5 you specified did not match what we received.');
  }
  const trailers = call.trailers();
  const headers = declaredChecksums(call.input);
  for (const [name, computed] of Object.entries(digests.checksums)) {
    const trailer = trailers[`${headerPrefix}${name.toLowerCase()}`];
    if (trailer !== undefined && !isWellFormed(name, trailer))
      throw invalidRequest(`Value for ${headerPrefix}${name.toLowerCase()} trailing header is invalid.`);
    const declared = headers[name] ?? trailer;
    if (declared !== undefined && declared !== computed) throw badDigest(name);
  }
}

export const badDigest = (name: string): ServiceError =>
  new ServiceError('BadDigest', `The ${name} you specified did not match the calculated checksum.`);
