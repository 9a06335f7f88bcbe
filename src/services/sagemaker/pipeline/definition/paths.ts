/** One step of a path: a member, or an item of a list. A key in brackets may also be the name of an item. */
export type PathStep = string | number;

/** `a.b[0]['c']`, with or without `$.` before it; undefined for anything else. */
export function parsePath(text: string): PathStep[] | undefined {
  const steps: PathStep[] = [];
  const pattern = /\.?([^.[\]'"\s]+)|\[(\d+)\]|\[\s*'([^']*)'\s*\]|\[\s*"([^"]*)"\s*\]/y;
  let at = text.startsWith('$') ? 1 : 0;
  while (at < text.length) {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found === null) return undefined;
    at = pattern.lastIndex;
    const [, name, index, one, two] = found;
    steps.push(index === undefined ? (name ?? one ?? two ?? '') : Number(index));
  }
  return steps.length === 0 ? undefined : steps;
}

/**
 * What is at the end of a path; undefined where it leads nowhere. An item of a list is found by its name, too, as in
 * `Outputs['train']`: by the first member of it that is called a name.
 */
export function valueAt(value: unknown, path: readonly PathStep[]): unknown {
  let at = value;
  for (const step of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    if (Array.isArray(at)) at = typeof step === 'number' ? at[step] : at.find((item) => nameOf(item) === step);
    else at = Object.hasOwn(at, step) ? (at as Record<string, unknown>)[step] : undefined;
  }
  return at;
}

function nameOf(item: unknown): unknown {
  if (typeof item !== 'object' || item === null) return undefined;
  return Object.entries(item).find(([member]) => member.endsWith('Name'))?.[1];
}
