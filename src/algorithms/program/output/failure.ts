import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DataError, messageOf, Unavailable } from '../../../base/index.ts';
import { type ContainerPaths, failureReasonLengthMax } from '../../../contract/index.ts';

/**
 * The text that the owner of a job reads as its FailureReason. The first word says who must act: ClientError the user's,
 * InternalServerError the host's, AlgorithmError ours.
 */
export function failureReason(error: unknown): string {
  if (error instanceof DataError) return cut(`ClientError: ${error.message}`);
  if (error instanceof Unavailable) return cut(`InternalServerError: ${error.message}`);
  return cut(`AlgorithmError: An internal error stopped the training, its log has the details: ${messageOf(error)}`);
}

/** By code points, so that no character is cut in two. */
function cut(text: string): string {
  return text.length <= failureReasonLengthMax
    ? text
    : [...text]
        .slice(0, failureReasonLengthMax - 3)
        .join('')
        .concat('...');
}

/** Leaves the reason where the host looks for it; a host without the folder still has the log. */
export function writeFailure(paths: ContainerPaths, reason: string): void {
  try {
    mkdirSync(dirname(paths.failure), { recursive: true });
    writeFileSync(paths.failure, reason);
  } catch (error) {
    process.stderr.write(`Cannot write ${paths.failure}: ${messageOf(error)}\n`);
  }
}

/** Names an operation on the host's files that failed. */
export const unavailable = (what: string, error: unknown): Unavailable =>
  new Unavailable(`${what}: ${messageOf(error)}`, { cause: error, retry: false });
