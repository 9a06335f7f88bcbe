import type { Call } from '../../../../gateway/index.ts';
import type { RecordOf } from '../../../../store/index.ts';
import type { Context } from '../../context.ts';
import { holdWhileBusy } from '../../hold.ts';
import { find } from '../../resource.ts';
import type { JobKind } from '../job-kinds.ts';
import { terminalStatuses } from '../job-status.ts';

/** The record of a job; for a caller that would sleep until its end, the answer waits for that. */
export const findHeld = <Body extends { [member: string]: any }>(
  context: Context,
  call: Call<any>,
  kind: JobKind,
  name: string,
): Promise<RecordOf<Body>> =>
  holdWhileBusy(context, call, {
    kind,
    name,
    read: () => find<Body>(context.records, call, kind, name),
    busySinceMs: ({ status, createdAtMs, updatedAtMs }) => {
      if (terminalStatuses.includes(status)) return undefined;
      return status === 'Stopping' ? updatedAtMs : createdAtMs;
    },
  });
