import { ServiceError } from '../../base/index.ts';
import type { Call } from '../../gateway/index.ts';
import { checksumAlgorithms, type Digests } from '../../store/index.ts';

export interface DeclaringInput {
  ContentMD5?: string | undefined;
  ChecksumAlgorithm?: string | undefined;
}

/** The checksum algorithms to compute for an upload: those declared in headers, announced as trailers or asked for. */
export function wantedChecksums(call: Call<DeclaringInput>): string[] {
  const announced = (call.headers['x-amz-trailer'] ?? '').toLowerCase();
  return checksumAlgorithms.filter(
    (name) =>
      (call.input as Record<string, unknown>)[`Checksum${name}`] !== undefined ||
      announced.includes(`x-amz-checksum-${name.toLowerCase()}`) ||
      call.input.ChecksumAlgorithm?.toUpperCase() === name,
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
  for (const [name, computed] of Object.entries(digests.checksums)) {
    const declared =
      ((call.input as Record<string, unknown>)[`Checksum${name}`] as string | undefined) ??
      trailers[`x-amz-checksum-${name.toLowerCase()}`];
    if (declared !== undefined && declared !== computed)
      throw new ServiceError('BadDigest', `The ${name} you specified did not match the calculated checksum.`);
  }
}
