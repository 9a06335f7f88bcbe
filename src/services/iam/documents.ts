import { DataError } from '../../base/index.ts';
import { type DocumentKind, readPolicy } from '../../policies/index.ts';
import { limitExceeded, malformed } from './refusals.ts';

/** Throws MalformedPolicyDocument, with the place, for a policy that could not be evaluated. */
export function checkDocument(text: string, kind: DocumentKind): void {
  try {
    readPolicy(text, kind);
  } catch (thrown) {
    throw thrown instanceof DataError ? malformed(thrown.message) : thrown;
  }
}

/** Characters of a policy as IAM's quotas count them: white space is free. */
export const sizeOf = (text: string): number => text.replace(/\s/g, '').length;

/** Throws LimitExceeded. */
export function checkSize(size: number, quota: string, max: number): void {
  if (size > max) throw limitExceeded(`Cannot exceed quota for ${quota}: ${max}`);
}

/** IAM answers policies URL-encoded. */
export const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);
