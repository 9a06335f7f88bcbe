import { DataError, type Json } from '../../../../base/index.ts';
import { isJsonObject } from './json-object.ts';

/**
 * The subset of JSONPath that Amazon documents for InputFilter and OutputFilter: `$`, `.name`, `['a','b']`, `[1,-1]`, `[1:]`
 * and `*`, each as often as wanted. A slice ends before its end, as in JsonPath, which Amazon refers to.
 * A path that can lead to one place gives what is there; names give an object of those that are there; all others an array.
 */
export type JsonPath = readonly Step[];

export type Step = { names: readonly string[] } | { items: readonly Item[] } | 'all';
export type Item = number | { start: number | undefined; end: number | undefined };

/** Reads a path. Throws DataError with the place of the first character that is wrong. */
export function parseJsonPath(text: string): JsonPath {
  let at = 0;
  const fail = (wanted: string): DataError =>
    new DataError(
      `"${text}" is wrong at character ${at + 1}: ${wanted}. Linnet reads Amazon's subset of JSONPath: $, .name, ['a','b'], [0,-1], [1:] and *`,
    );
  const match = (pattern: RegExp): RegExpExecArray | undefined => {
    const sticky = new RegExp(pattern, 'y');
    sticky.lastIndex = at;
    const found = sticky.exec(text);
    if (found !== null) at = sticky.lastIndex;
    return found ?? undefined;
  };
  /** What stands between brackets, separated by commas. */
  const list = <Value>(pattern: RegExp, read: (found: RegExpExecArray) => Value, wanted: string): Value[] => {
    const values: Value[] = [];
    do {
      const found = match(pattern);
      if (found === undefined) throw fail(wanted);
      values.push(read(found));
    } while (match(/\s*,/) !== undefined);
    if (match(/\s*\]/) === undefined) throw fail('a comma or ] is expected');
    return values;
  };
  const bracket = (): Step => {
    if (match(/\s*\*\s*\]/) !== undefined) return 'all';
    if (/\s*['"]/y.test(text.slice(at)))
      return { names: list(/\s*(?:'([^']*)'|"([^"]*)")/, ([, one, two]) => one ?? two ?? '', 'a name is expected') };
    return {
      items: list(/\s*(?:(-?\d+)?\s*(:)\s*(-?\d+)?|(-?\d+))/, itemOf, 'an index, a slice, a name or * is expected'),
    };
  };

  const steps: Step[] = [];
  if (match(/\s*\$/) === undefined) throw fail('a path begins with $');
  while (match(/\s*$/) === undefined) {
    if (match(/\.?\[/) !== undefined) steps.push(bracket());
    else if (match(/\.\*/) !== undefined) steps.push('all');
    else {
      const name = match(/\.([^.[\]*'"\s,?()]+)/)?.[1];
      if (name === undefined) throw fail('a name after a dot, or a bracket, is expected');
      steps.push({ names: [name] });
    }
  }
  return steps;
}

const itemOf = ([, start, colon, end, index]: RegExpExecArray): Item =>
  colon === undefined ? Number(index) : { start: numberOf(start), end: numberOf(end) };

const numberOf = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));

/** What a path leads to. Throws DataError where it leads nowhere. */
export function select(value: Json, path: JsonPath): Json {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (step === 'all') return childrenOf(value).map((child) => select(child, rest));
  if ('items' in step) {
    if (!Array.isArray(value)) throw new DataError(`an index is used on ${kindOf(value)}`);
    const [only] = step.items;
    const found = selectItems(value, step.items);
    return step.items.length === 1 && typeof only === 'number'
      ? select(found[0]!, rest)
      : found.map((child) => select(child, rest));
  }
  if (!isJsonObject(value)) throw new DataError(`the name "${step.names[0]}" is used on ${kindOf(value)}`);
  if (step.names.length === 1) {
    const [name = ''] = step.names;
    if (!Object.hasOwn(value, name)) throw new DataError(`there is no "${name}"`);
    return select(value[name]!, rest);
  }
  const found: Record<string, Json> = {};
  for (const name of step.names) if (Object.hasOwn(value, name)) found[name] = select(value[name]!, rest);
  return found;
}

/** The items of a list, in the order of the path. Throws as `rangeOf` does. */
function selectItems<Value>(list: readonly Value[], items: readonly Item[]): Value[] {
  const found: Value[] = [];
  for (const item of items) {
    const { start, end } = rangeOf(item, list.length);
    for (let at = start; at < end; at += 1) found.push(list[at]!);
  }
  return found;
}

/** Where the values of an item stand among so many. Throws DataError for an index beyond their ends, and for a slice of nothing. */
export function rangeOf(item: Item, count: number): { start: number; end: number } {
  if (typeof item === 'number') {
    const start = item < 0 ? count + item : item;
    if (start < 0 || start >= count)
      throw new DataError(`there is no index ${item}: it has ${count} ${count === 1 ? 'value' : 'values'}`);
    return { start, end: start + 1 };
  }
  const start = clamped(item.start ?? 0, count);
  const end = clamped(item.end ?? count, count);
  if (start >= end)
    throw new DataError(`the slice ${item.start ?? ''}:${item.end ?? ''} of its ${count} values is empty`);
  return { start, end };
}

const clamped = (place: number, count: number): number =>
  place < 0 ? Math.max(0, count + place) : Math.min(place, count);

function childrenOf(value: Json): Json[] {
  if (Array.isArray(value)) return value;
  if (isJsonObject(value)) return Object.values(value) as Json[];
  throw new DataError(`* is used on ${kindOf(value)}`);
}

function kindOf(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return isJsonObject(value) ? 'an object' : `a ${typeof value === 'object' ? 'number' : typeof value}`;
}
