import { type RecordChange, type Records, recordListLimit } from '../../../store/index.ts';
import type { ResourceKind } from '../kinds.ts';

/** One end of a link between two resources: the kind and the id of its record. */
export interface End {
  kind: ResourceKind;
  id: string;
}

/** A link is two records, so that it is found from both ends. Ids have no slash. */
const linkKind = 'link';
const downId = (above: End, below: End): string => `down/${above.kind}/${above.id}/${below.kind}/${below.id}`;
const upId = (above: End, below: End): string => `up/${below.kind}/${below.id}/${above.kind}/${above.id}`;

/** Links a resource to one above it; again is no mistake. */
export const linksPut = (above: End, below: End, nowMs: number): RecordChange[] =>
  [downId(above, below), upId(above, below)].map((id) => ({
    put: { kind: linkKind, id, createdAtMs: nowMs, updatedAtMs: nowMs, body: {} },
  }));

export const linksRemove = (above: End, below: End): RecordChange[] =>
  [downId(above, below), upId(above, below)].map((id) => ({ remove: { kind: linkKind, id } }));

/** The ids of a kind that are linked below a resource. */
export const idsBelow = (records: Records, above: End, kind: ResourceKind): Promise<string[]> =>
  idsUnder(records, `down/${above.kind}/${above.id}/${kind}/`);

/** The ids of a kind that are linked above a resource. */
export const idsAbove = (records: Records, below: End, kind: ResourceKind): Promise<string[]> =>
  idsUnder(records, `up/${below.kind}/${below.id}/${kind}/`);

async function idsUnder(records: Records, idPrefix: string): Promise<string[]> {
  const ids: string[] = [];
  for (let idAfter: string | undefined; ; idAfter = idPrefix + ids.at(-1)) {
    const found = await records.list(linkKind, { idPrefix, ...(idAfter !== undefined && { idAfter }) });
    ids.push(...found.map(({ id }) => id.slice(idPrefix.length)));
    if (found.length < recordListLimit) return ids;
  }
}
