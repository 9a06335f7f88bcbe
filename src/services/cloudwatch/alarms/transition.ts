import type { StateValue } from '@aws-sdk/client-cloudwatch';
import type { Json } from '../../../base/index.ts';
import { type AlarmBody, type AlarmState, requestOf } from './alarm.ts';
import { type HistoryItem, item } from './history.ts';
import type { AlarmChange } from './write.ts';

type NewState = Pick<AlarmState, 'value' | 'reason'> & { reasonData?: string };

/** The alarm in another state, or in the same one for another reason, with what its history says of that. */
export function inState(body: AlarmBody, state: NewState, atMs: number): AlarmChange {
  const former = body.state;
  if (former.value === state.value)
    return { body: { ...body, state: { ...state, updatedAtMs: atMs, changedAtMs: former.changedAtMs } }, items: [] };
  const summary = `Alarm updated from ${former.value} to ${state.value}`;
  const data = { oldState: stateData(former), newState: stateData(state) };
  return {
    body: { ...body, state: { ...state, updatedAtMs: atMs, changedAtMs: atMs } },
    items: [item('StateUpdate', atMs, summary, data), ...actionItems(body, state.value, atMs)],
  };
}

const stateData = ({ value, reason, reasonData }: NewState) => ({
  stateValue: value,
  stateReason: reason,
  ...(reasonData !== undefined && { stateReasonData: JSON.parse(reasonData) as Json }),
});

/** Linnet has nothing that an action could reach. The history says so where CloudWatch would run one. */
function actionItems(body: AlarmBody, value: StateValue, atMs: number): HistoryItem[] {
  return actionsOf(body, value).map((arn) =>
    item('Action', atMs, `Failed to execute action ${arn}: Linnet runs no actions of alarms`, {
      actionState: 'Failed',
      notificationResource: arn,
      error: 'Linnet runs no actions of alarms',
    }),
  );
}

/** The actions that CloudWatch would run in a state. */
export function actionsOf(body: AlarmBody, value: StateValue): readonly string[] {
  if (!body.actionsEnabled) return [];
  const { AlarmActions = [], OKActions = [], InsufficientDataActions = [] } = requestOf(body);
  return { ALARM: AlarmActions, OK: OKActions, INSUFFICIENT_DATA: InsufficientDataActions }[value];
}
