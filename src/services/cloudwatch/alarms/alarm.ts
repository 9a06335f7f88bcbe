import type { MetricAlarm, PutMetricAlarmCommandInput, StateValue } from '@aws-sdk/client-cloudwatch';
import { type JsonObject, ServiceError } from '../../../base/index.ts';
import type { RecordOf, Records } from '../../../store/index.ts';
import type { AlarmRule, Comparison, TreatMissing } from './evaluate.ts';

/** An alarm on one metric. The status of its record is its state. */
export const alarmKind = 'metric-alarm';

export type AlarmBody = {
  name: string;
  arn: string;
  /** What PutMetricAlarm was given. */
  request: JsonObject;
  actionsEnabled: boolean;
  configuredAtMs: number;
  state: AlarmState;
};

export type AlarmState = {
  value: StateValue;
  reason: string;
  /** JSON. */
  reasonData?: string;
  updatedAtMs: number;
  /** When the value last changed. */
  changedAtMs: number;
};

export const alarmsMax = 1_000;

export const requestOf = ({ request }: AlarmBody): PutMetricAlarmCommandInput =>
  request as unknown as PutMetricAlarmCommandInput;

export function ruleOf(body: AlarmBody): AlarmRule {
  const { EvaluationPeriods: periods = 1, ...request } = requestOf(body);
  return {
    periods,
    datapointsToAlarm: request.DatapointsToAlarm ?? periods,
    comparison: request.ComparisonOperator as Comparison,
    threshold: request.Threshold ?? 0,
    treatMissing: (request.TreatMissingData ?? 'missing') as TreatMissing,
  };
}

/** Names differ by case and may begin with any character: the prefix keeps them apart from the marks of regions. */
const idPrefix = 'n:';
export const alarmId = (name: string): string => `${idPrefix}${name}`;

export const findAlarm = (records: Records, name: string): Promise<RecordOf<AlarmBody> | undefined> =>
  records.get<AlarmBody>(alarmKind, alarmId(name));

export const noAlarm = (name: string): ServiceError =>
  new ServiceError('ResourceNotFound', `There is no alarm "${name}"`, { status: 404 });

/** An alarm as CloudWatch describes it. */
export function describedAlarm(body: AlarmBody): MetricAlarm {
  const { Tags: _, ...request } = requestOf(body);
  const { state } = body;
  return {
    OKActions: [],
    AlarmActions: [],
    InsufficientDataActions: [],
    Dimensions: [],
    ...request,
    AlarmArn: body.arn,
    AlarmConfigurationUpdatedTimestamp: new Date(body.configuredAtMs),
    ActionsEnabled: body.actionsEnabled,
    StateValue: state.value,
    StateReason: state.reason,
    StateReasonData: state.reasonData,
    StateUpdatedTimestamp: new Date(state.updatedAtMs),
    StateTransitionedTimestamp: new Date(state.changedAtMs),
  };
}
