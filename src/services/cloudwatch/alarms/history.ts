import type { HistoryItemType } from '@aws-sdk/client-cloudwatch';
import type { JsonObject } from '../../../base/index.ts';
import type { RecordChange, Records } from '../../../store/index.ts';
import { alarmId } from './alarm.ts';

const historyKind = 'metric-alarm-history';
/** Items of one alarm; the oldest go. */
const itemsMax = 100;

export type HistoryItem = {
  type: HistoryItemType;
  atMs: number;
  summary: string;
  /** JSON. */
  data: string;
};

type HistoryBody = { items: HistoryItem[] };

/** The items of an alarm, the oldest first. */
export async function historyOf(records: Records, name: string): Promise<HistoryItem[]> {
  return (await records.get<HistoryBody>(historyKind, alarmId(name)))?.body.items ?? [];
}

/** The change that adds items. The alarm's own record, written with it, guards it against others. */
export async function historyChange(
  records: Records,
  name: string,
  items: readonly HistoryItem[],
  nowMs: number,
): Promise<RecordChange> {
  const all = [...(await historyOf(records, name)), ...items].slice(-itemsMax);
  return {
    put: { kind: historyKind, id: alarmId(name), createdAtMs: nowMs, updatedAtMs: nowMs, body: { items: all } },
  };
}

export const historyRemoval = (name: string): RecordChange => ({ remove: { kind: historyKind, id: alarmId(name) } });

/** The longest data in the service model. */
const dataLengthMax = 4_095;

export function item(type: HistoryItemType, atMs: number, summary: string, data: JsonObject): HistoryItem {
  const text = JSON.stringify({ version: '1.0', ...data });
  return {
    type,
    atMs,
    summary: summary.slice(0, 255),
    data: text.length <= dataLengthMax ? text : '{"version":"1.0"}',
  };
}
