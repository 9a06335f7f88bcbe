import type { ParameterRanges } from '@aws-sdk/client-sagemaker';
import type { TuningFacts } from '../../../../contract/index.ts';
import type { Definition } from '../definitions.ts';

/** Amazon's limit of hyperparameters that a tuning job varies. */
const rangesMax = 30;

/** What is wrong with the ranges of a definition, as sentences. */
export function* rangeRefusals(definition: Definition, facts: TuningFacts | undefined): Generator<string> {
  const { ranges, request } = definition;
  const named = namesOf(ranges);
  if (named.length === 0) yield 'ParameterRanges name no hyperparameter; give at least one range';
  if (named.length > rangesMax)
    yield `ParameterRanges name ${named.length} hyperparameters; at most ${rangesMax} are allowed`;
  for (const name of new Set(named)) {
    if (named.filter((other) => other === name).length > 1) yield `"${name}" has more than one range`;
    if (Object.hasOwn(request.StaticHyperParameters ?? {}, name))
      yield `"${name}" is in StaticHyperParameters and has a range; leave it out of one of them`;
  }
  if ((ranges.AutoParameters ?? []).length > 0)
    yield 'AutoParameters are not offered by Linnet; give each hyperparameter a range';
  for (const { Name = '', Values: values = [] } of ranges.CategoricalParameterRanges ?? [])
    if (new Set(values).size < values.length) yield `The Values of "${Name}" hold a value twice`;
  for (const range of ranges.ContinuousParameterRanges ?? []) yield* numberRefusals(range, 'continuous');
  for (const range of ranges.IntegerParameterRanges ?? []) yield* numberRefusals(range, 'integer');
  if (facts !== undefined) yield* tunableRefusals(ranges, facts);
}

const namesOf = (ranges: ParameterRanges): string[] =>
  [
    ...(ranges.ContinuousParameterRanges ?? []),
    ...(ranges.IntegerParameterRanges ?? []),
    ...(ranges.CategoricalParameterRanges ?? []),
  ].map(({ Name = '' }) => Name);

interface NumberRange {
  Name?: string | undefined;
  MinValue?: string | undefined;
  MaxValue?: string | undefined;
  ScalingType?: string | undefined;
}

function* numberRefusals(range: NumberRange, kind: 'continuous' | 'integer'): Generator<string> {
  const { Name: name = '', MinValue = '', MaxValue = '', ScalingType: scaling = 'Auto' } = range;
  let usable = true;
  for (const [member, text] of [
    ['MinValue', MinValue],
    ['MaxValue', MaxValue],
  ] as const) {
    const value = Number(text);
    const fits = text.trim() !== '' && (kind === 'integer' ? Number.isSafeInteger(value) : Number.isFinite(value));
    if (fits) continue;
    usable = false;
    yield `The ${member} "${text}" of "${name}" is ${kind === 'integer' ? 'not an integer' : 'not a number'}`;
  }
  if (!usable) return;
  const [min, max] = [Number(MinValue), Number(MaxValue)];
  if (min > max) yield `The MinValue ${MinValue} of "${name}" is greater than its MaxValue ${MaxValue}`;
  if (scaling === 'Logarithmic' && min <= 0)
    yield `"${name}" has ScalingType Logarithmic, for which MinValue must be greater than 0, not ${MinValue}`;
  if (scaling !== 'ReverseLogarithmic') return;
  if (kind === 'integer')
    yield `"${name}" has ScalingType ReverseLogarithmic, which is for continuous hyperparameters only`;
  else if (min < 0 || max >= 1)
    yield `"${name}" has ScalingType ReverseLogarithmic, for which values must lie from 0 to below 1, not from ${MinValue} to ${MaxValue}`;
}

function* tunableRefusals(ranges: ParameterRanges, { hyperparameters }: TuningFacts): Generator<string> {
  for (const name of namesOf(ranges))
    if (!hyperparameters.some((each) => each.name === name))
      yield `"${name}" is not a tunable hyperparameter of this algorithm; those are: ${hyperparameters.map((each) => each.name).join(', ')}`;
  const kindOf = (wanted?: string) => hyperparameters.find(({ name }) => name === wanted)?.kind;
  for (const { Name } of ranges.ContinuousParameterRanges ?? [])
    if (kindOf(Name) === 'integer') yield `"${Name}" is an integer; give it a range in IntegerParameterRanges`;
  for (const { Name } of [...(ranges.ContinuousParameterRanges ?? []), ...(ranges.IntegerParameterRanges ?? [])])
    if (kindOf(Name) === 'categorical') yield `"${Name}" has no numbers; give it values in CategoricalParameterRanges`;
}
