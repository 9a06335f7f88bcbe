import type { Json, JsonObject } from '../../../../base/index.ts';
import { type PathStep, parsePath } from './paths.ts';
import { type Problems, shown } from './problems.ts';

/*
 * Values that are known only when a pipeline runs. In the JSON of a definition they are objects of one member:
 *   {"Get": "Parameters.Size"}, {"Get": "Execution.PipelineName"}, {"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"},
 *   {"Std:Join": {"On": "/", "Values": [...]}}, {"Std:JsonGet": {"PropertyFile": {"Get": ...}, "Path": "a.b"}}.
 */

export type Expression =
  | { kind: 'parameter'; name: string }
  | { kind: 'variable'; name: ExecutionVariable }
  | { kind: 'property'; step: string; text: string; path: readonly PathStep[] }
  | { kind: 'join'; on: string; values: readonly Json[] }
  /** The value at a path of a JSON file: a property file, or an object of S3. */
  | { kind: 'json'; file: { step: string; name: string } | { uri: Json }; text: string; path: readonly PathStep[] };

export const executionVariables = [
  'StartDateTime',
  'CurrentDateTime',
  'PipelineName',
  'PipelineArn',
  'PipelineExecutionId',
  'PipelineExecutionArn',
  'TrainingJobName',
  'ProcessingJobName',
] as const;
export type ExecutionVariable = (typeof executionVariables)[number];

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether a value is an expression, right or wrong. */
export function isExpression(value: Json | undefined): boolean {
  if (!isObject(value)) return false;
  const [key, ...more] = Object.keys(value);
  return more.length === 0 && (key === 'Get' || key?.startsWith('Std:') === true);
}

/** An expression as its author wrote it. Reports what is wrong, and answers undefined then. */
export function parseExpression(value: JsonObject, place: string, problems: Problems): Expression | undefined {
  const fail = (text: string): undefined => problems.add(place, text) as undefined;
  const { Get: get, 'Std:Join': join, 'Std:JsonGet': json } = value;
  if (get !== undefined) return parseGet(get, fail);
  if (join !== undefined) {
    if (!isObject(join) || !Array.isArray(join.Values)) return fail('Std:Join must have a list of Values');
    const { On: on = '', Values: values } = join;
    return typeof on === 'string'
      ? { kind: 'join', on, values }
      : fail(`On of Std:Join must be a text; it is ${shown(on)}`);
  }
  if (json === undefined) return fail(`${Object.keys(value)[0]} is not known; there are Get, Std:Join and Std:JsonGet`);
  if (!isObject(json) || typeof json.Path !== 'string') return fail('Std:JsonGet must have a text as its Path');
  const path = pathOf(json.Path, fail);
  if (path === undefined) return undefined;
  const { PropertyFile: file, S3Uri: uri } = json;
  if (uri !== undefined) return { kind: 'json', file: { uri }, text: json.Path, path };
  const get_ = isObject(file) ? file.Get : undefined;
  const [, step = '', name = ''] = /^Steps\.([^.]+)\.PropertyFiles\.([^.]+)$/.exec(String(get_)) ?? [];
  if (step === '')
    return fail(`PropertyFile of Std:JsonGet must be {"Get": "Steps.STEP.PropertyFiles.NAME"}; it is ${shown(file)}`);
  return { kind: 'json', file: { step, name }, text: json.Path, path };
}

function parseGet(get: Json, fail: (text: string) => undefined): Expression | undefined {
  if (typeof get !== 'string') return fail(`Get must be a text; it is ${shown(get)}`);
  const [, root, name = '', rest = ''] = /^(Parameters|Execution|Steps)\.([A-Za-z0-9_-]+)(.*)$/s.exec(get) ?? [];
  if (root === 'Parameters' && rest === '') return { kind: 'parameter', name };
  if (root === 'Execution' && rest === '') {
    const variable = executionVariables.find((one) => one === name);
    return variable === undefined
      ? fail(`There is no Execution.${name}; there are ${executionVariables.join(', ')}`)
      : { kind: 'variable', name: variable };
  }
  if (root !== 'Steps')
    return fail(`"${get}" is no reference; it must be Parameters.NAME, Execution.NAME or Steps.STEP.PROPERTY`);
  if (rest.startsWith('.PropertyFiles.'))
    return fail(`"${get}" is a property file; read a value of it with Std:JsonGet`);
  const path = pathOf(rest.replace(/^\./, ''), fail);
  return path && { kind: 'property', step: name, text: get, path };
}

function pathOf(text: string, fail: (text: string) => undefined): PathStep[] | undefined {
  const path = parsePath(text);
  return path ?? fail(`"${text}" is no path; it is names with dots, indices as [0] and keys as ['key']`);
}

/** All expressions in a value with their places, those inside others too. */
export function* expressionsIn(value: Json | undefined, place: string): Generator<[JsonObject, string]> {
  if (isObject(value) && isExpression(value)) yield [value, place];
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* expressionsIn(item, `${place}[${index}]`);
  } else if (isObject(value)) {
    for (const [name, item] of Object.entries(value)) {
      // The reference to a property file is a part of Std:JsonGet, and no value.
      if (name === 'PropertyFile' && isObject(item) && isExpression(item)) continue;
      yield* expressionsIn(item, `${place}.${name}`);
    }
  }
}
