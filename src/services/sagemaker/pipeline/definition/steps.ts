import type { Json, JsonObject } from '../../../../base/index.ts';
import { checkArguments } from './arguments.ts';
import { parseCondition } from './conditions.ts';
import { type Dependency, type PropertyFile, type Step, type Trigger, triggers } from './definition.ts';
import { durationMs } from './durations.ts';
import { isExpression, isObject } from './expressions.ts';
import { type Problems, shown } from './problems.ts';
import type { WrittenStep } from './references.ts';
import { parseRetryPolicies } from './retry-policies.ts';
import { isStepType, operationOf, otherTypes, type StepType, stepFacts, stepTypes } from './step-types.ts';

/** Steps of one pipeline; each look at an execution goes through all of them. */
const stepsMax = 1000;

const members = [
  'Name',
  'Type',
  'Arguments',
  'DisplayName',
  'Description',
  'DependsOn',
  'PropertyFiles',
  'CacheConfig',
  'RetryPolicies',
];

/** All steps in the order of the text; a condition is followed by those of its branches. */
export function parseSteps(value: Json | undefined, problems: Problems): WrittenStep[] {
  const written: WrittenStep[] = [];
  if (!Array.isArray(value) || value.length === 0)
    problems.add('Steps', `must be a list of at least one step; it is ${shown(value)}`);
  else parseList(value, 'Steps', undefined, { written, problems });
  if (written.length > stepsMax) problems.add('Steps', `there are ${written.length}; at most ${stepsMax} are allowed`);
  const places = new Map<string, string>();
  for (const { step, place } of written) {
    const first = places.get(step.name);
    if (first === undefined) places.set(step.name, place);
    else problems.add(place, `The name "${step.name}" is that of ${first} too; the names of steps must differ`);
  }
  return written;
}

interface Reading {
  written: WrittenStep[];
  problems: Problems;
}

function parseList(value: Json | undefined, place: string, branch: Step['branch'], reading: Reading): void {
  if (value === undefined || value === null) return;
  if (Array.isArray(value))
    for (const [index, one] of value.entries()) parseStep(one, `${place}[${index}]`, branch, reading);
  else reading.problems.add(place, `must be a list of steps; it is ${shown(value)}`);
}

function parseStep(value: Json, place: string, branch: Step['branch'], reading: Reading): void {
  const { written, problems } = reading;
  const typed = typedStep(value, place, problems);
  if (typed === undefined) return;
  const { name, type, given, json } = typed;
  const text = (member: string): string | undefined => {
    const one = json[member];
    if (one === undefined || one === null || typeof one === 'string') return one ?? undefined;
    return problems.add(`${place}.${member}`, `must be a text; it is ${shown(one)}`) as undefined;
  };
  const step: Step = {
    name,
    type,
    displayName: text('DisplayName'),
    description: text('Description'),
    arguments: type === 'Condition' ? {} : given,
    conditions: type === 'Condition' ? parseConditions(given, `${place}.Arguments`, problems) : [],
    waitsFor: parseDependsOn(json.DependsOn, `${place}.DependsOn`, problems),
    branch,
    propertyFiles: parsePropertyFiles(json.PropertyFiles, type, `${place}.PropertyFiles`, problems),
    cacheMs: parseCache(json.CacheConfig, type, `${place}.CacheConfig`, problems),
    retryPolicies: parseRetryPolicies(json.RetryPolicies, `${place}.RetryPolicies`, problems),
  };
  written.push({ place, step });
  checkStepArguments(step, `${place}.Arguments`, problems);
  if (type !== 'Condition') return;
  parseList(given.IfSteps, `${place}.Arguments.IfSteps`, { condition: name, outcome: true }, reading);
  parseList(given.ElseSteps, `${place}.Arguments.ElseSteps`, { condition: name, outcome: false }, reading);
}

interface TypedStep {
  name: string;
  type: StepType;
  given: JsonObject;
  json: JsonObject;
}

/** The step's name, type and arguments; undefined where one of them is wrong. */
function typedStep(json: Json, place: string, problems: Problems): TypedStep | undefined {
  const fail = (text: string): undefined => problems.add(place, text) as undefined;
  if (!isObject(json)) return fail(`A step must be an object; it is ${shown(json)}`);
  const { Name: name, Type: type, Arguments: given = {} } = json;
  if (typeof name !== 'string' || !/^[A-Za-z0-9_-]{1,64}$/.test(name))
    return fail(`Name must be 1 to 64 letters, digits, - and _; it is ${shown(name)}`);
  if (typeof type !== 'string' || !isStepType(type)) return fail(`Step "${name}": ${refusedType(type)}`);
  for (const member of Object.keys(json))
    if (!members.includes(member)) fail(`Step "${name}" has a member "${member}"; there are ${members.join(', ')}`);
  if (!isObject(given) || isExpression(given))
    return fail(`Arguments of step "${name}" must be an object; it is ${shown(given)}`);
  return { name, type, given, json };
}

function refusedType(type: Json | undefined): string {
  const advice = typeof type === 'string' && Object.hasOwn(otherTypes, type) ? otherTypes[type] : undefined;
  if (advice !== undefined) return `Steps of type ${type} are not offered by Linnet; ${advice}`;
  return `${shown(type)} is no type of steps; there are ${stepTypes.join(', ')}`;
}

function checkStepArguments({ type, arguments: given }: Step, place: string, problems: Problems): void {
  const { operation, nameMember } = stepFacts[type];
  if (operation !== undefined) {
    const filled = ['RoleArn', 'ExecutionRoleArn', ...(nameMember === undefined ? [] : [nameMember])];
    checkArguments(operationOf(operation).input, given, place, problems, filled);
  }
  if (type !== 'Fail') return;
  for (const name of Object.keys(given))
    if (name !== 'ErrorMessage') problems.add(place, `There is no member "${name}"; a Fail step has an ErrorMessage`);
  const { ErrorMessage: message } = given;
  if (message !== undefined && message !== null && typeof message !== 'string' && !isExpression(message))
    problems.add(`${place}.ErrorMessage`, `must be a text; it is ${shown(message)}`);
}

function parseConditions({ Conditions: conditions, ...others }: JsonObject, place: string, problems: Problems) {
  for (const name of Object.keys(others))
    if (name !== 'IfSteps' && name !== 'ElseSteps')
      problems.add(place, `There is no member "${name}"; there are Conditions, IfSteps, ElseSteps`);
  if (!Array.isArray(conditions) || conditions.length === 0) {
    problems.add(`${place}.Conditions`, `must be a list of at least one condition; it is ${shown(conditions)}`);
    return [];
  }
  return conditions.flatMap((one, index) => parseCondition(one, `${place}.Conditions[${index}]`, problems) ?? []);
}

/** Names of steps, or `{"Step": "Train", "Trigger": "Failed"}`. */
function parseDependsOn(value: Json | undefined, place: string, problems: Problems): Dependency[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) {
    problems.add(place, `must be a list of names of steps; it is ${shown(value)}`);
    return [];
  }
  return value.flatMap((one, index): Dependency[] => {
    if (typeof one === 'string') return [{ step: one, trigger: 'Completed' }];
    const { Step: step, Trigger: trigger = 'Completed' } = isObject(one) ? one : {};
    if (typeof step === 'string' && isTrigger(trigger)) return [{ step, trigger }];
    const wanted = `must be the name of a step, or an object of a Step and a Trigger (${triggers.join(', ')})`;
    problems.add(`${place}[${index}]`, `${wanted}; it is ${shown(one)}`);
    return [];
  });
}

const isTrigger = (value: Json): value is Trigger => triggers.some((one) => one === value);

function parsePropertyFiles(
  value: Json | undefined,
  type: StepType,
  place: string,
  problems: Problems,
): PropertyFile[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || type !== 'Processing') {
    problems.add(
      place,
      type === 'Processing' ? `must be a list; it is ${shown(value)}` : 'belongs to Processing steps only',
    );
    return [];
  }
  return value.flatMap((one, index): PropertyFile[] => {
    const { PropertyFileName: name, OutputName: output, FilePath: path } = isObject(one) ? one : {};
    if (typeof name === 'string' && typeof output === 'string' && typeof path === 'string')
      return [{ name, output, path }];
    problems.add(`${place}[${index}]`, `must have PropertyFileName, OutputName and FilePath; it is ${shown(one)}`);
    return [];
  });
}

function parseCache(value: Json | undefined, type: StepType, place: string, problems: Problems): number | undefined {
  const fail = (text: string): undefined => problems.add(place, text) as undefined;
  if (value === undefined || value === null) return undefined;
  if (!isObject(value) || typeof value.Enabled !== 'boolean') return fail('Enabled must be true or false');
  const { Enabled: enabled, ExpireAfter: after } = value;
  if (!enabled) return undefined;
  if (stepFacts[type].cacheKey === undefined) return fail(`Steps of type ${type} are not cached`);
  if (after === undefined || after === null) return Number.POSITIVE_INFINITY;
  const expireMs = typeof after === 'string' ? durationMs(after) : undefined;
  return expireMs ?? fail(`ExpireAfter must be a duration of ISO 8601, such as PT1H or P30D; it is ${shown(after)}`);
}
