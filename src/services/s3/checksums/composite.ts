import { ServiceError } from '../../../base/index.ts';
import { checksumOfBytes, type ObjectAttributes, type Upload, type UploadPart } from '../../../store/index.ts';
import { invalidArgument, invalidRequest } from '../context.ts';
import { checksumOf, invalidPart } from '../multipart/uploads.ts';
import { badDigest, declaredChecksums, isWellFormed } from './checksums.ts';

/**
 * The checksums of an object and its parts, as its upload was created to have them. Throws BadDigest or InvalidRequest
 * (400) when the completion declares others.
 */
export async function joinedChecksums(
  upload: Upload,
  parts: readonly UploadPart[],
  input: { ChecksumType?: string | undefined },
): Promise<Pick<ObjectAttributes, 'checksums' | 'checksumType' | 'partChecksums'>> {
  const { algorithm, type, byDefault } = checksumOf(upload);
  if (input.ChecksumType !== undefined && input.ChecksumType !== type)
    throw invalidRequest(
      `The upload was created using the ${type} checksum mode. The complete request must use the same checksum mode.`,
    );
  for (const [name, declared] of Object.entries(declaredChecksums(input))) {
    if (name !== algorithm && !byDefault)
      throw invalidRequest(
        `Checksum Type mismatch occurred, expected checksum Type: ${algorithm.toLowerCase()}, actual checksum Type: ${name.toLowerCase()}`,
      );
    const computed = await joined(name, type, parts);
    // The number of parts behind a composite checksum is not part of it: clients send it or leave it out.
    if (declared !== computed && `${declared}-${parts.length}` !== computed) throw badDigest(name);
  }
  const checksum = await joined(algorithm, type, parts);
  // Parts of an upload that an earlier Linnet began may have no checksum.
  if (checksum === undefined) return { checksums: {} };
  return {
    checksums: { [algorithm]: checksum },
    checksumType: type,
    partChecksums: parts.map(({ checksums }) => checksums[algorithm] ?? ''),
  };
}

const joined = async (algorithm: string, type: string, parts: readonly UploadPart[]): Promise<string | undefined> =>
  type === 'COMPOSITE' ? compositeChecksum(algorithm, parts) : fullChecksums(algorithm, parts)[algorithm];

/** Throws InvalidPart, InvalidArgument, InvalidRequest or BadDigest (400) when a completion names a part by a checksum that it does not have. */
export function requireNamedChecksums(upload: Upload, parts: readonly UploadPart[], named: readonly object[]): void {
  const { algorithm, type, byDefault } = checksumOf(upload);
  for (const [at, { partNumber, checksums }] of parts.entries()) {
    const given = Object.entries(declaredChecksums(named[at] ?? {}));
    if (given.length === 0 && type === 'COMPOSITE' && checksums[algorithm] !== undefined)
      throw invalidRequest(
        `The upload was created using a ${algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${partNumber} in the request.`,
      );
    for (const [name, declared] of given) {
      if (given.length > 1 || !isWellFormed(name, declared))
        throw invalidArgument('Invalid Base64 or multiple checksums present in request', `Checksum${name}`, declared);
      if (checksums[name] === declared) continue;
      if (checksums[name] !== undefined || byDefault) throw invalidPart(partNumber);
      throw new ServiceError(
        'BadDigest',
        `The upload was created using a ${algorithm.toLowerCase()} checksum. Part ${partNumber} of the complete request has a ${name.toLowerCase()} checksum.`,
        { status: 400 },
      );
    }
  }
}

/** The checksum of the parts' checksums, with the number of parts behind it: what S3 calls COMPOSITE. */
async function compositeChecksum(algorithm: string, parts: readonly UploadPart[]): Promise<string | undefined> {
  const sums = parts.map(({ checksums }) => checksums[algorithm]);
  if (sums.some((sum) => sum === undefined)) return undefined;
  const bytes = Buffer.concat(sums.map((sum) => Buffer.from(sum ?? '', 'base64')));
  return `${await checksumOfBytes(algorithm, bytes)}-${parts.length}`;
}

/** Width and reversed polynomial of the checksums that can be joined. Source: the CRC catalogue of G. Cook. */
const polynomials: Readonly<Record<string, { bits: number; polynomial: bigint }>> = {
  CRC32: { bits: 32, polynomial: 0xedb88320n },
  CRC32C: { bits: 32, polynomial: 0x82f63b78n },
  CRC64NVME: { bits: 64, polynomial: 0x9a6c9329ac4bc9b5n },
};

/** The checksum of all bytes in a row, joined from those of the parts: what S3 calls FULL_OBJECT. */
function fullChecksums(algorithm: string, parts: readonly UploadPart[]): Record<string, string> {
  const kind = polynomials[algorithm];
  if (kind === undefined || parts.some(({ checksums }) => checksums[algorithm] === undefined)) return {};
  const crcOf = ({ checksums }: UploadPart): bigint =>
    BigInt(`0x${Buffer.from(checksums[algorithm] ?? '', 'base64').toString('hex') || '0'}`);
  const joined = parts
    .slice(1)
    .reduce(
      (crc, part) => multiply(crc, power(BigInt(part.sizeBytes) * 8n, kind), kind) ^ crcOf(part),
      crcOf(parts[0]!),
    );
  return { [algorithm]: Buffer.from(joined.toString(16).padStart(kind.bits / 4, '0'), 'hex').toString('base64') };
}

interface Field {
  bits: number;
  polynomial: bigint;
}

/** Product of two polynomials over GF(2) modulo the checksum's, coefficients from the highest bit down. */
function multiply(a: bigint, b: bigint, { bits, polynomial }: Field): bigint {
  let product = 0n;
  let factor = b;
  for (let bit = 1n << BigInt(bits - 1); bit > 0n; bit >>= 1n) {
    if (a & bit) product ^= factor;
    factor = factor & 1n ? (factor >> 1n) ^ polynomial : factor >> 1n;
  }
  return product;
}

/** x^exponent modulo the checksum's polynomial: what appending that many zero bits multiplies a checksum by. */
function power(exponent: bigint, field: Field): bigint {
  const one = 1n << BigInt(field.bits - 1);
  let result = one;
  let square = one >> 1n;
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = multiply(result, square, field);
    square = multiply(square, square, field);
  }
  return result;
}
