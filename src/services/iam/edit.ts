import { Conflict, type JsonObject, type ServiceError } from '../../base/index.ts';
import type { RecordChange, RecordOf, Records } from '../../store/index.ts';
import { recordListLimit } from '../../store/index.ts';

/** Concurrent writers of one entity; more lost races in a row than this are no coincidence. */
const racesMax = 100;

/** An entity as it is read before a change: a record, or one that exists without having been written. */
export interface Entity<Body extends JsonObject> {
  body: Body;
  createdAtMs: number;
  /** The version that a write must find. */
  version: number | 'absent';
}

export const entityOf = <Body extends JsonObject>({ body, createdAtMs, version }: RecordOf<Body>): Entity<Body> => ({
  body,
  createdAtMs,
  version,
});

/** Makes changes of what `decide` reads, and reads again when another writer was faster. No changes: nothing is written. */
export async function edit<Answer>(
  records: Records,
  decide: () => Promise<{ changes: readonly RecordChange[]; answer: Answer }>,
): Promise<Answer> {
  for (let races = 0; ; races += 1) {
    const { changes, answer } = await decide();
    try {
      if (changes.length > 0) await records.write(changes);
      return answer;
    } catch (thrown) {
      if (!(thrown instanceof Conflict) || races >= racesMax) throw thrown;
    }
  }
}

/** All records of a kind: IAM's quotas keep them to a few thousand. */
export async function allOf<Body extends JsonObject>(records: Records, kind: string): Promise<RecordOf<Body>[]> {
  const all: RecordOf<Body>[] = [];
  for (;;) {
    const idAfter = all.at(-1)?.id;
    const some = await records.list<Body>(kind, idAfter === undefined ? {} : { idAfter });
    all.push(...some);
    if (some.length < recordListLimit) return all;
  }
}

/** Writes a new entity. Throws `taken` when there is one of its name. */
export async function addEntity(records: Records, put: RecordChange, taken: () => ServiceError): Promise<void> {
  try {
    await records.write([put]);
  } catch (thrown) {
    throw thrown instanceof Conflict ? taken() : thrown;
  }
}
