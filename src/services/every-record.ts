import type { JsonObject } from '../base/index.ts';
import { type RecordOf, type RecordQuery, type Records, recordListLimit } from '../store/index.ts';

/** All records of a kind in the order of their ids, read a page at a time. */
export async function* everyRecord<Body extends JsonObject>(
  records: Records,
  kind: string,
  query: Pick<RecordQuery, 'statuses'> = {},
): AsyncGenerator<RecordOf<Body>> {
  for (let idAfter = ''; ; ) {
    const found = await records.list<Body>(kind, { ...query, ...(idAfter === '' ? {} : { idAfter }) });
    yield* found;
    if (found.length < recordListLimit) return;
    idAfter = found.at(-1)!.id;
  }
}

/** The same of those whose ids begin with a text. */
export async function* recordsWithPrefix<Body extends JsonObject>(
  records: Records,
  kind: string,
  idPrefix: string,
): AsyncGenerator<RecordOf<Body>> {
  for (let idAfter: string | undefined; ; ) {
    const found = await records.list<Body>(kind, { idPrefix, ...(idAfter !== undefined && { idAfter }) });
    yield* found;
    if (found.length < recordListLimit) return;
    idAfter = found.at(-1)!.id;
  }
}
