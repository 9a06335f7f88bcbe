import type {
  DeleteAlarmsCommandInput,
  DisableAlarmActionsCommandInput,
  EnableAlarmActionsCommandInput,
  SetAlarmStateCommandInput,
} from '@aws-sdk/client-cloudwatch';
import { ServiceError } from '../../../base/index.ts';
import type { Call } from '../../../gateway/index.ts';
import type { Metrics } from '../metrics.ts';
import { alarmId, alarmKind, findAlarm, noAlarm } from './alarm.ts';
import { historyRemoval, item } from './history.ts';
import { inState } from './transition.ts';
import { changeAlarm } from './write.ts';

/** Removes alarms with their histories: all of them, or none where there is no alarm of one of the names. */
export async function deleteAlarms(metrics: Metrics, call: Call<DeleteAlarmsCommandInput>): Promise<object> {
  const records = metrics.recordsOf(call.region);
  const names = [...new Set(call.input.AlarmNames)];
  for (const name of names) if ((await findAlarm(records, name)) === undefined) throw noAlarm(name);
  if (names.length > 0)
    await records.write(
      names.flatMap((name) => [{ remove: { kind: alarmKind, id: alarmId(name) } }, historyRemoval(name)]),
    );
  return {};
}

/** Puts an alarm into a state, to try out what follows; its next evaluation goes by its metric again. */
export async function setAlarmState(metrics: Metrics, call: Call<SetAlarmStateCommandInput>): Promise<object> {
  const { AlarmName: name = '', StateValue: value, StateReason: reason, StateReasonData: reasonData } = call.input;
  if (reasonData !== undefined && !isJson(reasonData))
    throw new ServiceError('InvalidFormat', 'StateReasonData must be JSON', { status: 400 });
  await changeAlarm(metrics.recordsOf(call.region), name, call.nowMs, (record) => {
    if (record === undefined) throw noAlarm(name);
    const state = { value: value!, reason: reason!, ...(reasonData !== undefined && { reasonData }) };
    return inState(record.body, state, call.nowMs);
  });
  return {};
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

type ActionsInput = EnableAlarmActionsCommandInput | DisableAlarmActionsCommandInput;

/** Turns the actions of alarms on or off. Linnet runs none: the history names those that would have run. */
export const switchAlarmActions =
  (actionsEnabled: boolean) =>
  async (metrics: Metrics, { input, region, nowMs }: Call<ActionsInput>): Promise<object> => {
    for (const name of new Set(input.AlarmNames)) {
      await changeAlarm(metrics.recordsOf(region), name, nowMs, (record) => {
        // As at Amazon, a name that no alarm has is no mistake here.
        if (record === undefined || record.body.actionsEnabled === actionsEnabled) return undefined;
        const summary = `Alarm "${name}" updated`;
        const items = [item('ConfigurationUpdate', nowMs, summary, { type: 'Update', actionsEnabled })];
        return { body: { ...record.body, actionsEnabled }, items };
      });
    }
    return {};
  };
