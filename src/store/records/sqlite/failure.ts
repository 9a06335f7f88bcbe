import { DataError, messageOf, Unavailable } from '../../../base/index.ts';
import type { Failure } from './messages.ts';

/** Packs what was thrown for another thread. */
export function failureOf(thrown: unknown): Failure {
  const kind = thrown instanceof Unavailable ? 'Unavailable' : thrown instanceof DataError ? 'DataError' : 'Error';
  return { kind, message: messageOf(thrown), stack: thrown instanceof Error ? thrown.stack : undefined };
}

export function errorOf({ kind, message, stack }: Failure): Error {
  if (kind === 'DataError') return new DataError(message);
  if (kind === 'Unavailable') return new Unavailable(message);
  return Object.assign(new Error(message), stack === undefined ? {} : { stack });
}
