const headerLengthMax = 1024;

/**
 * The type of the answer that an Accept header asks for (RFC 9110, section 12.5.1): the highest weight first, then the
 * header's own order; a wildcard means the first of `offered` that fits. Undefined when none does.
 */
export function acceptedType(header: string | undefined, offered: readonly string[]): string | undefined {
  if (header === undefined || header.trim() === '' || header.trim() === '*/*') return offered[0];
  const ranges = header.slice(0, headerLengthMax).split(',').map(parseRange);
  const refused = ranges.filter(({ weight }) => weight === 0);
  const wanted = ranges.filter(({ weight }) => weight > 0).sort((a, b) => b.weight - a.weight);
  for (const range of wanted) {
    const exact = !range.type.endsWith('/*');
    const found = offered.find(
      (type) => covers(range.type, type) && (exact || !refused.some((other) => covers(other.type, type))),
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

const covers = (range: string, type: string): boolean =>
  range === '*/*' || range === type || (range.endsWith('/*') && type.startsWith(range.slice(0, -1)));

function parseRange(text: string): { type: string; weight: number } {
  const [type = '', ...parameters] = text.split(';');
  const weight = parameters.map((part) => /^\s*q\s*=\s*([\d.]+)\s*$/i.exec(part)?.[1]).find((q) => q !== undefined);
  return { type: type.trim().toLowerCase(), weight: weight === undefined ? 1 : Number(weight) };
}
