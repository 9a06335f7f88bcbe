import { Conflict } from '../../../../base/index.ts';
import type { Context } from '../../context.ts';
import { kinds } from '../../kinds.ts';
import { find, idOf, invalid, notFound, type Place } from '../../resource.ts';
import { tagsRemove } from '../../tags/tags.ts';
import { componentWithoutJob } from '../../trial-component/job-members.ts';
import type { JobKind } from '../job-kinds.ts';
import { terminalStatuses } from '../job-status.ts';

/** Forgets a finished job and frees its name. What it made and its logs stay, as at Amazon. Throws AWS's texts. */
export async function removeJob(context: Context, place: Place, kind: JobKind, name: string): Promise<void> {
  const { records } = context;
  const { status, version } = await find(records, place, kind, name);
  if (!terminalStatuses.includes(status))
    throw invalid(`The request was rejected because the ${kinds[kind].one} is in status ${status}.`);
  const id = idOf(name);
  const beside = await componentWithoutJob(context, place, { kind, name });
  try {
    await records.write([{ remove: { kind, id }, expect: version }, tagsRemove(kind, id), ...beside]);
  } catch (thrown) {
    // A finished job never changes, so another request removed it.
    if (thrown instanceof Conflict) throw notFound(place, kind, name);
    throw thrown;
  }
}
