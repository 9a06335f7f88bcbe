export const pageSize = 50;

export interface Page<Item> {
  items: Item[];
  next: string | undefined;
}

/** Tokens of pages that were walked to, by query: pages of the API can only be reached one after the other. */
const walked = new Map<string, (string | undefined)[]>();
const walkedMax = 50;

/** The n-th page (from 1) of a query that `key` tells from all others. */
export async function readPages<Item>(
  key: string,
  page: number,
  read: (token: string | undefined) => Promise<Page<Item>>,
): Promise<Page<Item>> {
  let tokens = walked.get(key);
  if (tokens === undefined) {
    if (walked.size >= walkedMax) walked.clear();
    tokens = [undefined];
    walked.set(key, tokens);
  }
  let at = Math.min(page, tokens.length);
  for (;;) {
    const found = await read(tokens[at - 1]);
    tokens[at] = found.next;
    if (at === page) return found;
    if (found.next === undefined) return { items: [], next: undefined };
    at += 1;
  }
}
