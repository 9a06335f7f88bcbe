import { invalidParameter } from './streams.ts';

/**
 * CloudWatch's filter patterns for plain text: all terms must occur, `?term` means at least one of these, `-term` must
 * not occur, "in quotes" keeps spaces. Upper and lower case differ. Patterns for JSON and for columns are refused.
 */
export function compileFilter(pattern: string): (text: string) => boolean {
  const trimmed = pattern.trim();
  if (/^[{[%]/.test(trimmed)) {
    throw invalidParameter(
      'Linnet offers filter patterns of terms, such as: ERROR "out of memory" -retry; not of JSON properties, columns or regular expressions',
    );
  }
  const all: string[] = [];
  const any: string[] = [];
  const none: string[] = [];
  for (const [, sign = '', quoted, plain] of trimmed.matchAll(/([?-]?)(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))/g)) {
    const term = quoted === undefined ? plain! : quoted.replace(/\\(.)/g, '$1');
    (sign === '?' ? any : sign === '-' ? none : all).push(term);
  }
  return (text) =>
    all.every((term) => text.includes(term)) &&
    (any.length === 0 || any.some((term) => text.includes(term))) &&
    !none.some((term) => text.includes(term));
}
