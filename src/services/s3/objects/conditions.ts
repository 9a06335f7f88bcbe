import { ServiceError } from '../../../base/index.ts';
import type { StoredObject } from '../../../store/index.ts';
import { preconditionFailed, quoted, strongTag, unquoted } from '../context.ts';

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
    if (!matches(IfMatch, object.etag, strongTag)) throw preconditionFailed('If-Match');
  } else if (IfUnmodifiedSince !== undefined && seconds > secondsOf(IfUnmodifiedSince))
    throw preconditionFailed('If-Unmodified-Since');
  const unchanged =
    IfNoneMatch === undefined
      ? IfModifiedSince !== undefined && seconds <= secondsOf(IfModifiedSince)
      : matches(IfNoneMatch, object.etag, unquoted);
  if (unchanged) {
    // What a cache needs to go on with what it has (RFC 9110, 15.4.5).
    const { CacheControl, Expires } = object.attributes.headers ?? {};
    const headers = {
      ETag: quoted(object.etag),
      'Last-Modified': new Date(object.modifiedAtMs).toUTCString(),
      ...(CacheControl === undefined ? {} : { 'Cache-Control': CacheControl }),
      ...(Expires === undefined ? {} : { Expires }),
    };
    throw new ServiceError('NotModified', 'Not Modified', { status: 304, details: { headers } });
  }
}

const matches = (list: string, etag: string, tagOf: (text: string) => string): boolean =>
  list.split(',').some((one) => one.trim() === '*' || tagOf(one.trim()) === etag);

/**
 * Whether a read under If-Range may answer with a range: when the object is still the one its reader has a part of, by
 * a strong entity tag or the exact time (RFC 9110, 13.1.5). Otherwise the whole object is the answer.
 */
export function holdsIfRange(condition: string | undefined, object: StoredObject): boolean {
  if (condition === undefined) return true;
  if (strongTag(condition) === object.etag) return true;
  return /^\w{3}, /.test(condition) && Date.parse(condition) === Math.floor(object.modifiedAtMs / 1000) * 1000;
}
