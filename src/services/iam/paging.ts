import { invalidInput } from './refusals.ts';

const maxItemsDefault = 100;

export interface PageInput {
  Marker?: string | undefined;
  MaxItems?: number | undefined;
}

export interface Page<Item> {
  items: Item[];
  IsTruncated: boolean;
  Marker: string | undefined;
}

/** One page of items with unique keys, in the order of these. The marker is the last key, so added or removed items shift nothing. */
export function pageOf<Item>(items: readonly Item[], keyOf: (item: Item) => string, input: PageInput): Page<Item> {
  const { Marker, MaxItems = maxItemsDefault } = input;
  const after = Marker === undefined ? undefined : readMarker(Marker);
  const sorted = items
    .map((item) => ({ item, key: keyOf(item) }))
    .sort((left, right) => (left.key < right.key ? -1 : 1))
    .filter(({ key }) => after === undefined || key > after);
  const page = sorted.slice(0, MaxItems);
  const more = sorted.length > page.length;
  return {
    items: page.map(({ item }) => item),
    IsTruncated: more,
    Marker: more ? writeMarker(page.at(-1)!.key) : undefined,
  };
}

const writeMarker = (key: string): string => Buffer.from(`after ${key}`).toString('base64url');

function readMarker(marker: string): string {
  const [, key] = /^after (.+)$/s.exec(Buffer.from(marker, 'base64url').toString()) ?? [];
  if (key === undefined) throw invalidInput(`Invalid Marker: ${marker} is not one that IAM answered.`);
  return key;
}
