import type { Json } from '../../../../base/index.ts';
import { invalid } from '../../resource.ts';
import type { Parameter, ParameterType, ParameterValue } from './definition.ts';
import { isObject } from './expressions.ts';
import { type Problems, shown } from './problems.ts';

const types: readonly string[] = ['String', 'Integer', 'Float', 'Boolean'] satisfies ParameterType[];

/** Amazon's limit for one execution. */
const parametersMax = 200;

export function parseParameters(value: Json | undefined, problems: Problems): Parameter[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) {
    problems.add('Parameters', `must be a list; it is ${shown(value)}`);
    return [];
  }
  if (value.length > parametersMax)
    problems.add('Parameters', `there are ${value.length}; at most ${parametersMax} are allowed`);
  const names = new Set<string>();
  return value.flatMap((one, index) => {
    const parameter = parseParameter(one, `Parameters[${index}]`, problems);
    if (parameter === undefined) return [];
    if (names.has(parameter.name)) problems.add(`Parameters[${index}]`, `"${parameter.name}" is defined twice`);
    names.add(parameter.name);
    return [parameter];
  });
}

function parseParameter(value: Json, place: string, problems: Problems): Parameter | undefined {
  const fail = (text: string): undefined => problems.add(place, text) as undefined;
  if (!isObject(value)) return fail(`must be an object; it is ${shown(value)}`);
  const { Name: name, Type: type, DefaultValue: given, EnumValues: choices } = value;
  if (typeof name !== 'string' || !/^[A-Za-z0-9_-]{1,256}$/.test(name))
    return fail(`Name must be 1 to 256 letters, digits, - and _; it is ${shown(name)}`);
  if (typeof type !== 'string' || !types.includes(type))
    return fail(`Type of "${name}" must be one of ${types.join(', ')}; it is ${shown(type)}`);
  if (choices !== undefined && choices !== null && !Array.isArray(choices))
    return fail(`EnumValues of "${name}" must be a list; it is ${shown(choices)}`);
  const parameter: Parameter = {
    name,
    type: type as ParameterType,
    fallback: undefined,
    choices: (choices ?? undefined) as readonly ParameterValue[] | undefined,
  };
  if (given === undefined || given === null) return parameter;
  const fallback = isOf(parameter.type, given) ? given : undefined;
  if (fallback === undefined) return fail(`DefaultValue of "${name}" must be of type ${type}; it is ${shown(given)}`);
  const refusal = refusalOf(parameter, fallback);
  return refusal === undefined ? { ...parameter, fallback } : fail(`DefaultValue of ${refusal}`);
}

function isOf(type: ParameterType, value: Json): value is ParameterValue {
  if (type === 'String') return typeof value === 'string';
  if (type === 'Boolean') return typeof value === 'boolean';
  return typeof value === 'number' && Number.isFinite(value) && (type === 'Float' || Number.isInteger(value));
}

const refusalOf = ({ name, choices }: Parameter, value: ParameterValue): string | undefined =>
  choices === undefined || choices.includes(value)
    ? undefined
    : `"${name}" must be one of ${choices.map((one) => shown(one)).join(', ')}; it is ${shown(value)}`;

/** The values of an execution. Throws a ValidationException that lists all that is wrong with the request's texts. */
export function parameterValues(
  parameters: readonly Parameter[],
  given: readonly { Name?: string | undefined; Value?: string | undefined }[],
): Record<string, ParameterValue> {
  const refusals: string[] = [];
  const texts = new Map<string, string>();
  for (const { Name: name = '', Value: text = '' } of given) {
    if (!parameters.some((one) => one.name === name))
      refusals.push(`The pipeline has no parameter "${name}"; ${hasText(parameters)}`);
    else if (texts.has(name)) refusals.push(`The parameter "${name}" is given twice`);
    texts.set(name, text);
  }
  const values: Record<string, ParameterValue> = {};
  for (const parameter of parameters) {
    const text = texts.get(parameter.name);
    const value = text === undefined ? parameter.fallback : readValue(parameter.type, text);
    const refusal =
      value === undefined
        ? text === undefined
          ? `The parameter "${parameter.name}" has no default value, so a value must be given`
          : `The parameter "${parameter.name}" is of type ${parameter.type}; its value is ${shown(text)}`
        : refusalOf(parameter, value);
    if (refusal !== undefined) refusals.push(value === undefined ? refusal : `The parameter ${refusal}`);
    else values[parameter.name] = value!;
  }
  if (refusals.length > 0) throw invalid(refusals.join('; '));
  return values;
}

const hasText = (parameters: readonly Parameter[]): string =>
  parameters.length === 0 ? 'it has none' : `it has ${parameters.map(({ name }) => name).join(', ')}`;

/** Python writes `True`. */
function readValue(type: ParameterType, text: string): ParameterValue | undefined {
  if (type === 'String') return text;
  if (type === 'Boolean') return { true: true, false: false }[text.trim().toLowerCase()];
  const number = text.trim() === '' ? Number.NaN : Number(text);
  return isOf(type, number) ? number : undefined;
}
