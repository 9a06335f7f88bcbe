import { createHash, type Hash } from 'node:crypto';
import { ServiceError } from '../../base/index.ts';
import { sameHex } from '../authenticate/signature-v4.ts';

/** Turns the bytes of a body as sent into the bytes meant, checking them on the way. */
export interface BodyDecoder {
  /** Throws ServiceError as soon as something is wrong. */
  write(bytes: Buffer, emit: (piece: Buffer) => void): void;
  /** The body ended. Throws ServiceError when it ended too early, or when a hash does not match. */
  end(): void;
  /** Trailing headers seen so far, lower-case names. */
  readonly trailers: Readonly<Record<string, string>>;
}

const noTrailers: Readonly<Record<string, string>> = Object.freeze({});

/** A body sent as it is; its length is checked by HTTP, its SHA-256 here when the client declared one. */
export function plainDecoder(declaredSha256: string | undefined): BodyDecoder {
  const hash: Hash | undefined = declaredSha256 === undefined ? undefined : createHash('sha256');
  return {
    trailers: noTrailers,
    write(bytes, emit) {
      hash?.update(bytes);
      emit(bytes);
    },
    end() {
      if (hash === undefined || declaredSha256 === undefined) return;
      requireSha256(declaredSha256, hash.digest('hex'));
    },
  };
}

/** Throws XAmzContentSHA256Mismatch (400) unless the two are the same. */
function requireSha256(declared: string, computed: string): void {
  if (sameHex(declared, computed)) return;
  throw new ServiceError(
    'XAmzContentSHA256Mismatch',
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
    {
      details: { ClientComputedContentSHA256: declared, S3ComputedContentSHA256: computed },
    },
  );
}
