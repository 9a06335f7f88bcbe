import type { Records } from '../../../store/index.ts';
import type { KeyUse, KeyUses } from '../context.ts';
import { edit, entityOf } from '../edit.ts';
import { type AccessKeyBody, accessKeyKind, putAccessKey } from './access-key.ts';

const keptEveryMs = 15 * 60_000;
/** Uses that are remembered; the oldest are on disk. */
const usesMax = 10_000;

export function keyUses({ records }: { records: Records }): KeyUses {
  const uses = new Map<string, KeyUse>();
  const keptMs = new Map<string, number>();
  const keep = (id: string, lastUsed: KeyUse): Promise<void> =>
    edit(records, async () => {
      const record = await records.get<AccessKeyBody>(accessKeyKind, id);
      if (record === undefined) return { changes: [], answer: undefined };
      return {
        changes: [putAccessKey(entityOf(record), { ...record.body, lastUsed }, record.updatedAtMs)],
        answer: undefined,
      };
    });
  return {
    of: (id) => uses.get(id),
    note(id, use) {
      if (uses.size >= usesMax && !uses.has(id)) uses.clear();
      uses.set(id, use);
      if (use.atMs - (keptMs.get(id) ?? Number.NEGATIVE_INFINITY) < keptEveryMs) return;
      if (keptMs.size >= usesMax) keptMs.clear();
      keptMs.set(id, use.atMs);
      // Nobody waits for it, and the next use tries again.
      keep(id, use).catch(() => keptMs.delete(id));
    },
  };
}
