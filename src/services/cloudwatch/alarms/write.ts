import { Conflict, Unavailable } from '../../../base/index.ts';
import type { RecordChange, RecordOf, Records } from '../../../store/index.ts';
import { type AlarmBody, alarmId, alarmKind, findAlarm } from './alarm.ts';
import { type HistoryItem, historyChange } from './history.ts';

export type AlarmChange = { body: AlarmBody; items: readonly HistoryItem[] };

const racesMax = 100;

/**
 * Changes an alarm and adds to its history in one write; `decide` sees it as it is at that moment, undefined where there is none,
 * and may change nothing.
 */
export async function changeAlarm(
  records: Records,
  name: string,
  nowMs: number,
  decide: (record: RecordOf<AlarmBody> | undefined) => AlarmChange | undefined,
): Promise<void> {
  for (let races = 0; races < racesMax; races += 1) {
    const record = await findAlarm(records, name);
    const change = decide(record);
    if (change === undefined) return;
    const { body, items } = change;
    const put = {
      kind: alarmKind,
      id: alarmId(name),
      status: body.state.value,
      createdAtMs: record?.createdAtMs ?? nowMs,
      updatedAtMs: nowMs,
      body,
    };
    const changes: RecordChange[] = [{ put, expect: record?.version ?? 'absent' }];
    if (items.length > 0) changes.push(await historyChange(records, name, items, nowMs));
    try {
      await records.write(changes);
      return;
    } catch (thrown) {
      if (!(thrown instanceof Conflict)) throw thrown;
    }
  }
  throw new Unavailable(`The alarm "${name}" is being changed by too many writers at once`);
}
