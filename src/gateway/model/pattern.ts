/**
 * The model's patterns are Java's. These few notations differ from JavaScript's `u` mode:
 * `\p{Alnum}` and `\p{Print}` are ASCII classes there, `\A` and `\z` anchor the whole input,
 * and two metadata shapes carry a stray length (`${1,128}`) that repeats their `max`.
 */
const rewrites: readonly (readonly [RegExp, string])[] = [
  [/\\p\{Alnum\}/g, 'A-Za-z0-9'],
  [/\\p\{Print\}/g, '\\x20-\\x7E'],
  [/\\A/g, '^'],
  [/\\z/g, '$'],
  [/\$\{\d+,\d+\}$/, ''],
];

/** The whole-string matcher of a model's pattern. */
export function compilePattern(pattern: string): RegExp {
  let text = pattern;
  for (const [from, to] of rewrites) text = text.replace(from, to);
  return new RegExp(`^(?:${text})$`, 'u');
}
