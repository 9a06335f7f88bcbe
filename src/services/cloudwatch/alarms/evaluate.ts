import type { StateValue } from '@aws-sdk/client-cloudwatch';

/** When an alarm is in ALARM: at least `datapointsToAlarm` of the last `periods` values are beyond the threshold. */
export interface AlarmRule {
  periods: number;
  datapointsToAlarm: number;
  comparison: Comparison;
  threshold: number;
  treatMissing: TreatMissing;
}

export const comparisons = {
  GreaterThanThreshold: 'greater than',
  GreaterThanOrEqualToThreshold: 'greater than or equal to',
  LessThanThreshold: 'less than',
  LessThanOrEqualToThreshold: 'less than or equal to',
} as const;
export type Comparison = keyof typeof comparisons;

export const treatments = ['missing', 'ignore', 'breaching', 'notBreaching'] as const;
export type TreatMissing = (typeof treatments)[number];

/** The value of each period, the oldest first; undefined where a period has none. */
export type Values = readonly (number | undefined)[];

/** Periods looked at beyond those that are evaluated, so that late or rare values count. As in Amazon's examples: 5 for 3. */
export const periodsBeyond = 2;

/**
 * The state that these values lead to, by the rules and tables of "Configuring how CloudWatch alarms treat missing data" in the
 * user guide of CloudWatch; undefined where the alarm keeps its state.
 */
export function evaluate(rule: AlarmRule, values: Values): StateValue | undefined {
  const { periods, datapointsToAlarm, treatMissing } = rule;
  const known = values.flatMap((value, index) => (value === undefined ? [] : [{ value, age: values.length - index }]));
  if (known.length === 0) return unknownStates[treatMissing];
  const counted = known.slice(-periods);
  const breaching = counted.filter(({ value }) => breaches(rule, value));
  const missing = periods - counted.length;
  const assumed = treatMissing === 'breaching' ? missing : 0;
  if (breaching.length + assumed >= datapointsToAlarm) return 'ALARM';
  const decides = missing === 0 || treatMissing === 'breaching' || treatMissing === 'notBreaching';
  if (decides || breaching.length < counted.length) return 'OK';
  // Too few values, all of them breaching. The next one may not be: only an old breach is an alarm already.
  const oldest = breaching[0]!;
  return treatMissing === 'missing' && oldest.age >= datapointsToAlarm ? 'ALARM' : undefined;
}

const unknownStates: Readonly<Record<TreatMissing, StateValue | undefined>> = {
  missing: 'INSUFFICIENT_DATA',
  ignore: undefined,
  breaching: 'ALARM',
  notBreaching: 'OK',
};

export function breaches(
  { comparison, threshold }: Pick<AlarmRule, 'comparison' | 'threshold'>,
  value: number,
): boolean {
  switch (comparison) {
    case 'GreaterThanThreshold':
      return value > threshold;
    case 'GreaterThanOrEqualToThreshold':
      return value >= threshold;
    case 'LessThanThreshold':
      return value < threshold;
    case 'LessThanOrEqualToThreshold':
      return value <= threshold;
  }
}
