import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AlarmRule, evaluate, type TreatMissing, type Values } from './evaluate.ts';

/** As in the user guide of CloudWatch: 0 is not breaching, X is, - is missing. */
const valuesOf = (text: string): Values =>
  text.split(' ').map((sign) => (sign === '-' ? undefined : sign === 'X' ? 2 : 0));

const stateOf = (text: string, treatMissing: TreatMissing, rule: Partial<AlarmRule>) =>
  evaluate(
    { periods: 3, datapointsToAlarm: 3, comparison: 'GreaterThanThreshold', threshold: 1, treatMissing, ...rule },
    valuesOf(text),
  ) ?? 'retained';

const treatments = ['missing', 'ignore', 'breaching', 'notBreaching'] as const;

const documented = [
  {
    datapointsToAlarm: 3,
    cases: {
      '0 - X - X': ['OK', 'OK', 'OK', 'OK'],
      '0 - - - -': ['OK', 'OK', 'OK', 'OK'],
      '- - - - -': ['INSUFFICIENT_DATA', 'retained', 'ALARM', 'OK'],
      '0 X X - X': ['ALARM', 'ALARM', 'ALARM', 'ALARM'],
      '- - X - -': ['ALARM', 'retained', 'ALARM', 'OK'],
    },
  },
  {
    datapointsToAlarm: 2,
    cases: {
      '0 - X - X': ['ALARM', 'ALARM', 'ALARM', 'ALARM'],
      '0 0 X 0 X': ['ALARM', 'ALARM', 'ALARM', 'ALARM'],
      '0 - X - -': ['OK', 'OK', 'ALARM', 'OK'],
      '- - - - 0': ['OK', 'OK', 'ALARM', 'OK'],
      '- - - X -': ['ALARM', 'retained', 'ALARM', 'OK'],
    },
  },
] as const;

for (const { datapointsToAlarm, cases } of documented) {
  for (const [values, expected] of Object.entries(cases)) {
    test(`${datapointsToAlarm} of 3 periods: ${values} is what CloudWatch documents for each treatment of missing data`, () => {
      assert.deepEqual(
        treatments.map((treatment) => stateOf(values, treatment, { datapointsToAlarm })),
        expected,
      );
    });
  }
}

test('A breach that is young waits for the next value, where missing data count as missing', () => {
  assert.equal(stateOf('- - - - X', 'missing', {}), 'retained');
  assert.equal(stateOf('- - - X -', 'missing', {}), 'retained');
  assert.equal(stateOf('- - - X 0', 'missing', {}), 'OK');
});

test('Each comparison says on which side of the threshold a value breaches', () => {
  const statesOf = (comparison: AlarmRule['comparison']) =>
    [0, 1, 2].map((value) =>
      evaluate({ periods: 1, datapointsToAlarm: 1, comparison, threshold: 1, treatMissing: 'missing' }, [value]),
    );
  assert.deepEqual(statesOf('GreaterThanThreshold'), ['OK', 'OK', 'ALARM']);
  assert.deepEqual(statesOf('GreaterThanOrEqualToThreshold'), ['OK', 'ALARM', 'ALARM']);
  assert.deepEqual(statesOf('LessThanThreshold'), ['ALARM', 'OK', 'OK']);
  assert.deepEqual(statesOf('LessThanOrEqualToThreshold'), ['ALARM', 'ALARM', 'OK']);
});
