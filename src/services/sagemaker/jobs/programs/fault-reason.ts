import { DataError, messageOf, ServiceError, Unavailable } from '../../../../base/index.ts';
import type { Context } from '../../context.ts';
import { platformReason } from './outcome.ts';

/** The FailureReason of a job that could not be run to its end, by what was thrown. */
export function faultReason(thrown: unknown, { warn }: Context, job: string): string {
  if (thrown instanceof DataError || thrown instanceof ServiceError)
    return platformReason('ClientError', thrown.message);
  if (thrown instanceof Unavailable) return platformReason('InternalServerError', thrown.message);
  if ((thrown as NodeJS.ErrnoException).code === 'ENOSPC')
    return platformReason('InternalServerError', 'The disk of the server is full');
  warn(`Running ${job} failed: ${messageOf(thrown)}`, { error: thrown });
  return platformReason(
    'InternalServerError',
    "Linnet met an error of its own while running the job; the server's log holds the details. Please try again",
  );
}
