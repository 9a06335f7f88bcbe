/**
 * Orders two texts as their UTF-8 bytes do, which is code point order; JavaScript's `<` orders UTF-16 units and so puts
 * the characters from U+10000 (surrogate pairs) before those from U+E000 to U+FFFF.
 */
export function compareUtf8(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at++) {
    const a = left.charCodeAt(at);
    const b = right.charCodeAt(at);
    if (a !== b) return lifted(a) - lifted(b);
  }
  return left.length - right.length;
}

/** Moves the surrogates D800-DFFF behind E000-FFFF. */
const lifted = (unit: number): number => (unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800);
