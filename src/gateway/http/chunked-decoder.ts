import { createHash, type Hash } from 'node:crypto';
import { ServiceError } from '../../base/index.ts';
import {
  type ChunkSigner,
  chunkSignature,
  emptySha256,
  sameHex,
  trailerSignature,
} from '../authenticate/signature-v4.ts';
import type { BodyDecoder } from './body-decoder.ts';

export interface ChunkedOptions {
  /** x-amz-decoded-content-length: what the chunks' data must add up to. */
  decodedLength: number;
  /** Chunks carry signatures, checked when there is a signer; undefined: chunks are not signed. */
  signed: { signer: ChunkSigner | undefined } | undefined;
  /** Whether headers follow the last chunk. */
  trailing: boolean;
  /** Names announced in x-amz-trailer: all must come. */
  trailerNames: readonly string[];
}

const lineBytesMax = 4096;
const trailersMax = 20;

/**
 * Decodes aws-chunked bodies: hex size, optional `;chunk-signature=`, CRLF, data, CRLF ... a chunk of size 0, then
 * trailing headers. Data is passed on before its chunk's signature is known, so its receiver must discard all of
 * it when `write` or `end` throws.
 * docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and sigv4-streaming-trailers.html
 */
export function chunkedDecoder(options: ChunkedOptions): BodyDecoder {
  const { signed, decodedLength } = options;
  const trailers: Record<string, string> = {};
  let state: 'size' | 'data' | 'data-end' | 'trailer' | 'done' = 'size';
  let line = '';
  let left = 0;
  let total = 0;
  let previous = signed?.signer?.seed ?? '';
  let claimed = '';
  let hash: Hash | undefined;
  let trailerText = '';
  let trailerSigned = false;
  /** MinIO's clients end a trailer that is not signed with an empty line too many. */
  let linesBehind = 0;

  const endChunk = (digest: string): void => {
    const signer = signed?.signer;
    if (signer === undefined) return;
    const expected = chunkSignature(signer, previous, digest);
    if (!sameHex(expected, claimed)) throw chunkMismatch();
    previous = expected;
  };
  const startChunk = (text: string): void => {
    const match = /^([0-9a-f]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?\s*$/i.exec(text);
    if (match === null || (signed !== undefined && match[2] === undefined))
      throw malformed('a chunk does not start with its size');
    left = Number.parseInt(match[1]!, 16);
    total += left;
    if (total > decodedLength) throw wrongLength(total, decodedLength);
    claimed = match[2]?.toLowerCase() ?? '';
    if (left > 0) {
      hash = signed?.signer === undefined ? undefined : createHash('sha256');
      state = 'data';
      return;
    }
    endChunk(emptySha256);
    state = 'trailer';
  };
  const takeTrailer = (text: string): void => {
    if (text === '') {
      // The documentation shows an empty line before the trailers' signature; some clients send it so.
      if (options.trailing && signed?.signer !== undefined && !trailerSigned && trailerText !== '') return;
      state = 'done';
      return;
    }
    const colon = text.indexOf(':');
    if (!options.trailing || colon < 1) throw malformedTrailer();
    const name = text.slice(0, colon).trim().toLowerCase();
    const value = text.slice(colon + 1).trim();
    if (name === 'x-amz-trailer-signature') {
      const signer = signed?.signer;
      const digest = createHash('sha256').update(trailerText).digest('hex');
      if (signer !== undefined && !sameHex(trailerSignature(signer, previous, digest), value)) throw chunkMismatch();
      trailerSigned = true;
      return;
    }
    if (trailerSigned || !options.trailerNames.includes(name) || Object.keys(trailers).length >= trailersMax)
      throw malformedTrailer();
    trailers[name] = value;
    trailerText += `${name}:${value}\n`;
  };
  const takeLine = (text: string): void => {
    if (state === 'size') startChunk(text);
    else if (state === 'trailer') takeTrailer(text);
    else if (state === 'data-end') {
      if (text !== '') throw malformed('a chunk is longer than its size says');
      state = 'size';
    } else if (text !== '' || ++linesBehind > 1) throw malformed('something follows the last chunk');
  };

  return {
    trailers,
    write(bytes, emit) {
      let at = 0;
      while (at < bytes.length) {
        if (state === 'data') {
          const piece = bytes.subarray(at, Math.min(bytes.length, at + left));
          at += piece.length;
          left -= piece.length;
          hash?.update(piece);
          emit(piece);
          if (left === 0) {
            endChunk(hash?.digest('hex') ?? '');
            state = 'data-end';
          }
          continue;
        }
        const feed = bytes.indexOf(0x0a, at);
        const end = feed < 0 ? bytes.length : feed;
        if (line.length + end - at > lineBytesMax) throw malformed(`a line is longer than ${lineBytesMax} bytes`);
        line += bytes.toString('latin1', at, end);
        at = end + 1;
        if (feed < 0) break;
        const text = line.endsWith('\r') ? line.slice(0, -1) : line;
        line = '';
        takeLine(text);
      }
    },
    end() {
      // A body may stop right after its last line: some clients leave the closing empty line out.
      if (state === 'size' || state === 'data' || state === 'data-end') throw wrongLength(total - left, decodedLength);
      if (line.trim() !== '') takeLine(line.trim());
      if (total !== decodedLength) throw wrongLength(total, decodedLength);
      if (options.trailing && signed?.signer !== undefined && !trailerSigned) throw chunkMismatch();
      for (const name of options.trailerNames) if (trailers[name] === undefined) throw malformedTrailer();
    },
  };
}

const chunkMismatch = (): ServiceError =>
  new ServiceError(
    'SignatureDoesNotMatch',
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    { status: 403 },
  );

const malformed = (problem: string): ServiceError =>
  new ServiceError('IncompleteBody', `The aws-chunked body is not well-formed: ${problem}`, { status: 400 });

const malformedTrailer = (): ServiceError =>
  new ServiceError(
    'MalformedTrailerError',
    'The request contained trailing data that was not well-formed or did not conform to our published schema.',
    { status: 400 },
  );

const wrongLength = (received: number, declared: number): ServiceError =>
  new ServiceError(
    'IncompleteBody',
    `You did not provide the number of bytes specified by the x-amz-decoded-content-length HTTP header: ${received} instead of ${declared}`,
    { status: 400 },
  );
