import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arnOf } from '../../resource.ts';
import type { Trial, TuningJobState } from '../lifecycle.ts';
import type { TuningJobBody } from '../record.ts';
import { courseRuleOf } from './course-rule.ts';

const place = { region: 'us-east-1', accountId: '123456789012' };

/** A rule over trials whose courses are given by their numbers. */
function ruleOver(config: object, type: string, courses: Readonly<Record<number, readonly number[]>>) {
  const body = {
    request: {
      HyperParameterTuningJobConfig: { HyperParameterTuningJobObjective: { Type: type, MetricName: 'm' }, ...config },
      TrainingJobDefinition: {},
    },
  } as unknown as TuningJobBody;
  const courseOf = (arn: string): readonly number[] =>
    Object.entries(courses).find(([number]) => arn === arnOf(place, 'training-job', `t-${number}`))?.[1] ?? [];
  const rule = courseRuleOf(body, place, {
    of: courseOf,
    watch: () => undefined,
    forget: () => undefined,
    onValue: () => () => undefined,
  })!;
  const trials = Object.keys(courses).map(
    (number): Trial => ({
      number: Number(number),
      name: `t-${number}`,
      definition: 0,
      values: {},
      createdMs: 0,
      end: undefined,
    }),
  );
  const state = { trials, ended: [] as Trial[] } as unknown as TuningJobState;
  return { rule, trials, state };
}

const hyperband = {
  Strategy: 'Hyperband',
  StrategyConfig: { HyperbandStrategyConfig: { MinResource: 1, MaxResource: 9 } },
};

test('Hyperband decides at its rungs, by trials that run as well, in the direction of the objective', () => {
  for (const [type, good, bad] of [
    ['Minimize', 1, 5],
    ['Maximize', 5, 1],
  ] as const) {
    const { rule, trials, state } = ruleOver(hyperband, type, { 1: [good], 2: [3], 3: [bad], 4: [bad, bad] });
    const hopeless = trials.map((trial) => rule.isHopeless(trial, state));
    // Trial 4 has left the first rung behind and is looked at again at the next.
    assert.deepEqual(hopeless, [false, true, true, false], type);
  }
  const used = ruleOver(hyperband, 'Minimize', { 1: Array.from({ length: 10 }, () => 0) });
  assert.equal(used.rule.isHopeless(used.trials[0]!, used.state), true, 'the greatest resource is used up');
});

test('The median rule compares with trials that ended, in the direction of the objective', () => {
  const early = { Strategy: 'Random', TrainingJobEarlyStoppingType: 'Auto' };
  const { rule, trials, state } = ruleOver(early, 'Maximize', { 1: [2], 2: [4] });
  const ended = [1, 3, 5].map((value): Trial => ({ ...trials[0]!, end: { status: 'Completed', course: [value] } }));
  assert.deepEqual(
    trials.map((trial) => rule.isHopeless(trial, { ...state, ended })),
    [true, false],
  );
  assert.equal(rule.isHopeless(trials[0]!, state), false);
});

test('Without early stopping there is no rule', () => {
  assert.equal(ruleOver({ Strategy: 'Random' }, 'Minimize', {}).rule, undefined);
});
