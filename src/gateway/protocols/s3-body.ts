import { ServiceError } from '../../base/index.ts';
import type { Admission } from '../authenticate/authenticate.ts';
import { emptySha256 } from '../authenticate/signature-v4.ts';
import { type BodyDecoder, plainDecoder } from '../http/body-decoder.ts';
import { chunkedDecoder } from '../http/chunked-decoder.ts';
import { announcedLength, queryValue, type WireRequest } from '../http/wire-request.ts';
import type { OperationModel } from '../model/service-model.ts';

/** How an S3 request's body travels and what its signature says of it. */
export interface S3Body {
  /** What stands for the body in the signature. */
  payloadHash: string;
  decoder: BodyDecoder;
  /** Bytes after decoding; undefined when the request does not say. */
  decodedLength: number | undefined;
}

const hashHeader = 'x-amz-content-sha256';
const unsigned = 'UNSIGNED-PAYLOAD';
const streaming = /^STREAMING-(UNSIGNED-PAYLOAD|AWS4-HMAC-SHA256-PAYLOAD)(-TRAILER)?$/;

/** Throws InvalidRequest, InvalidArgument (400) or MissingContentLength (411) for headers that do not fit together. */
export function readS3Body(request: WireRequest, admission: Admission): S3Body {
  const header = request.headers[hashHeader];
  const payloadHash = signedHash(request, admission);
  const chunks = streaming.exec(header ?? payloadHash);
  if (chunks === null) {
    const declared = /^[0-9a-f]{64}$/.test(payloadHash) ? payloadHash : undefined;
    if (declared === undefined && payloadHash !== unsigned) throw invalidHash(payloadHash);
    return { payloadHash, decoder: plainDecoder(declared), decodedLength: announcedLength(request) };
  }
  const decodedLength = decodedLengthOf(request);
  const signed = chunks[1] === 'UNSIGNED-PAYLOAD' ? undefined : { signer: admission.chunkSigner() };
  const trailerNames = (request.headers['x-amz-trailer'] ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
  const decoder = chunkedDecoder({ decodedLength, signed, trailing: chunks[2] !== undefined, trailerNames });
  return { payloadHash, decoder, decodedLength };
}

function signedHash(request: WireRequest, admission: Admission): string {
  const header = request.headers[hashHeader];
  if (admission.presigned && !admission.signs(hashHeader))
    return queryValue(request, 'X-Amz-Content-Sha256') ?? unsigned;
  if (header !== undefined) return header;
  if (!admission.signs('host')) return unsigned;
  if (announcedLength(request) === 0) return emptySha256;
  throw new ServiceError('InvalidRequest', `Missing required header for this request: ${hashHeader}`, { status: 400 });
}

function decodedLengthOf(request: WireRequest): number {
  const text = request.headers['x-amz-decoded-content-length'];
  if (text === undefined) throw missingLength('x-amz-decoded-content-length');
  if (!/^\d{1,15}$/.test(text)) {
    throw new ServiceError(
      'InvalidArgument',
      `x-amz-decoded-content-length is "${text}"; it must be a number of bytes`,
      { status: 400 },
    );
  }
  return Number(text);
}

/** Bodies of operations that take a document. The two long lists are 1000 keys to delete and 10 000 parts to join. */
const documentBytes: Readonly<Record<string, number>> = {
  DeleteObjects: 2 * 2 ** 20,
  CompleteMultipartUpload: 3 * 2 ** 20,
};
/** 50 tags of full length in any script are 80 KB. */
const documentBytesDefault = 256 * 2 ** 10;

export const documentBytesMax = ({ name }: OperationModel): number => documentBytes[name] ?? documentBytesDefault;

/** The bytes of an upload. Throws MissingContentLength (411) or EntityTooLarge (400) for an upload whose size is not announced or beyond the limit. */
export function requireUploadLength({ decodedLength }: Pick<S3Body, 'decodedLength'>, bytesMax: number): number {
  if (decodedLength === undefined) throw missingLength('Content-Length');
  if (decodedLength <= bytesMax) return decodedLength;
  throw new ServiceError('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', {
    status: 400,
    details: { ProposedSize: decodedLength, MaxSizeAllowed: bytesMax },
  });
}

const missingLength = (header: string): ServiceError =>
  new ServiceError('MissingContentLength', `You must provide the ${header} HTTP header.`, { status: 411 });

const invalidHash = (value: string): ServiceError =>
  new ServiceError(
    'InvalidArgument',
    'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.',
    { status: 400, details: { ArgumentName: hashHeader, ArgumentValue: value } },
  );
