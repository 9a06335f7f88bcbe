import { ServiceError } from '../../base/index.ts';
import type { StoredObject } from '../../store/index.ts';
import { preconditionFailed, quoted, unquoted } from './context.ts';

interface Conditions {
  IfMatch?: string | undefined;
  IfNoneMatch?: string | undefined;
  IfModifiedSince?: Date | undefined;
  IfUnmodifiedSince?: Date | undefined;
}

/**
 * Throws PreconditionFailed (412) or NotModified (304) when a read's conditions do not hold. An entity tag outranks the
 * date beside it (RFC 9110, 13.2.2). Dates compare in whole seconds, as headers carry them.
 */
export function requireConditions(
  { IfMatch, IfNoneMatch, IfModifiedSince, IfUnmodifiedSince }: Conditions,
  object: StoredObject,
): void {
  const seconds = Math.floor(object.modifiedAtMs / 1000);
  const secondsOf = (date: Date): number => Math.floor(date.getTime() / 1000);
  if (IfMatch !== undefined) {
    if (!matches(IfMatch, object.etag)) throw preconditionFailed('If-Match');
  } else if (IfUnmodifiedSince !== undefined && seconds > secondsOf(IfUnmodifiedSince))
    throw preconditionFailed('If-Unmodified-Since');
  const unchanged =
    IfNoneMatch === undefined
      ? IfModifiedSince !== undefined && seconds <= secondsOf(IfModifiedSince)
      : matches(IfNoneMatch, object.etag);
  if (unchanged) {
    const headers = { ETag: quoted(object.etag), 'Last-Modified': new Date(object.modifiedAtMs).toUTCString() };
    throw new ServiceError('NotModified', 'Not Modified', { status: 304, details: { headers } });
  }
}

const matches = (list: string, etag: string): boolean =>
  list.split(',').some((one) => one.trim() === '*' || unquoted(one.trim()) === etag);
