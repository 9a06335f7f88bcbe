import { ServiceError } from '../../base/index.ts';
import type { Call } from '../../gateway/index.ts';
import { checksumAlgorithms, type Digests } from '../../store/index.ts';

export interface DeclaringInput {
  ContentMD5?: string | undefined;
  ChecksumAlgorithm?: string | undefined;
}

/** Bytes of each checksum. */
const lengths: Readonly<Record<string, number>> = { CRC32: 4, CRC32C: 4, CRC64NVME: 8, SHA1: 20, SHA256: 32 };
const headerPrefix = 'x-amz-checksum-';

/**
 * The checksum algorithms to compute for an upload: the one declared in a header or announced as a trailer, or asked for.
 * Throws InvalidRequest (400) for one that cannot be checked, NotImplemented (501) for one that Linnet has not.
 */
export function wantedChecksums(call: Call<DeclaringInput>): string[] {
  const announced = (call.headers['x-amz-trailer'] ?? '').toUpperCase().match(/(?<=X-AMZ-CHECKSUM-)\w+/g) ?? [];
  const declared = Object.entries(declaredChecksums(call.input));
  for (const [name, value] of declared) {
    const isWellFormed = Buffer.from(value, 'base64').toString('base64') === value;
    if (lengths[name] !== undefined && !(isWellFormed && Buffer.byteLength(value, 'base64') === lengths[name]))
      throw invalidRequest(`Value for ${headerPrefix}${name.toLowerCase()} header is invalid.`);
  }
  const sent = [...declared.map(([name]) => name), ...announced];
  if (sent.length > 1)
    throw invalidRequest('Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.');
  const wanted = new Set(sent);
  if (call.input.ChecksumAlgorithm !== undefined) wanted.add(requireAlgorithm(call.input.ChecksumAlgorithm));
  for (const name of wanted) requireAlgorithm(name);
  return [...wanted];
}

/** Checksums that an input declares, by algorithm. */
function declaredChecksums(input: object): Record<string, string> {
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
    const declared = headers[name] ?? trailers[`${headerPrefix}${name.toLowerCase()}`];
    if (declared !== undefined && declared !== computed) throw badDigest(name);
  }
}

export const badDigest = (name: string): ServiceError =>
  new ServiceError('BadDigest', `The ${name} you specified did not match the calculated checksum.`);

const invalidRequest = (message: string): ServiceError => new ServiceError('InvalidRequest', message, { status: 400 });
