import { ServiceError } from '../../base/index.ts';

/** One `name=value` of the query string, as sent and decoded. */
export interface QueryPair {
  rawName: string;
  rawValue: string;
  name: string;
  value: string;
}

export interface RequestTarget {
  /** As sent: not decoded, not normalised. */
  rawPath: string;
  query: readonly QueryPair[];
}

const pairsMax = 1000;

/** Splits a request target without interpreting it. Throws InvalidURI (400) when it is neither a path nor a URL. */
export function parseTarget(target: string): RequestTarget {
  let path = target;
  // A proxy's absolute form: what follows the authority is the path.
  const absolute = /^https?:\/\/[^/?#]*/i.exec(target);
  if (absolute !== null) path = target.slice(absolute[0].length);
  const hash = path.indexOf('#');
  if (hash >= 0) path = path.slice(0, hash);
  const mark = path.indexOf('?');
  const rawPath = mark < 0 ? path : path.slice(0, mark);
  const rawQuery = mark < 0 ? '' : path.slice(mark + 1);
  if (rawPath !== '' && !rawPath.startsWith('/'))
    throw new ServiceError('InvalidURI', "Couldn't parse the specified URI.");
  return { rawPath: rawPath === '' ? '/' : rawPath, query: rawQuery === '' ? [] : parseQuery(rawQuery) };
}

function parseQuery(rawQuery: string): QueryPair[] {
  const parts = rawQuery.split('&');
  if (parts.length > pairsMax)
    throw new ServiceError(
      'InvalidURI',
      `The query string has ${parts.length} parameters; at most ${pairsMax} are accepted`,
    );
  const pairs: QueryPair[] = [];
  for (const part of parts) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const rawName = equals < 0 ? part : part.slice(0, equals);
    const rawValue = equals < 0 ? '' : part.slice(equals + 1);
    pairs.push({ rawName, rawValue, name: decodePercent(rawName), value: decodePercent(rawValue) });
  }
  return pairs;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Decodes percent-escapes once; a plus stays a plus. Bytes above ASCII that came unescaped count as they are.
 * Throws InvalidURI (400) for a broken escape or bytes that are not UTF-8.
 */
export function decodePercent(text: string): string {
  if (!/[%\u0080-\u00ff]/.test(text)) return text;
  const bytes = Buffer.allocUnsafe(text.length);
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code !== 0x25) {
      bytes[length++] = code;
      continue;
    }
    const value = hexValue(text.charCodeAt(i + 1)) * 16 + hexValue(text.charCodeAt(i + 2));
    if (Number.isNaN(value)) throw new ServiceError('InvalidURI', "Couldn't parse the specified URI.");
    bytes[length++] = value;
    i += 2;
  }
  try {
    return utf8.decode(bytes.subarray(0, length));
  } catch {
    throw new ServiceError('InvalidURI', "Couldn't parse the specified URI.");
  }
}

function hexValue(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : Number.NaN;
}

const unreserved = /^[A-Za-z0-9\-._~]*$/;

/** Percent-encodes all but RFC 3986's unreserved characters: the encoding of AWS signatures. */
export function encodePercent(text: string): string {
  if (unreserved.test(text)) return text;
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
