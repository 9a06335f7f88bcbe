import type { Json } from '../../../../base/index.ts';
import type { Context } from '../../context.ts';
import { inRole } from '../../in-role.ts';
import { kinds } from '../../kinds.ts';
import { type Expression, isExpression, isObject, parseExpression } from '../../pipeline/definition/expressions.ts';
import { type PathStep, valueAt } from '../../pipeline/definition/paths.ts';
import { openProblems, shown } from '../../pipeline/definition/problems.ts';
import { idOf, invalid, partsOf } from '../../resource.ts';
import type { StepEnd } from '../lifecycle.ts';
import { placeOf } from '../record.ts';
import { stepKindOf } from '../steps/step-kinds.ts';
import type { Execution } from './execution.ts';
import { readJsonObject } from './read-json-object.ts';

/** Gives values of a definition for one step of an execution. */
export interface Resolver {
  /** The value with each expression replaced. Throws a ValidationException where one has no value. */
  resolve(value: Json): Promise<Json>;
}

export type Known = Pick<Execution, 'body' | 'state' | 'createdAtMs' | 'definition'>;

/** `jobs`: the names of the step's own job, by the variable that asks for it. */
export function openResolver(
  context: Context,
  execution: Known,
  jobs: Readonly<Record<string, string>> = {},
): Resolver {
  const properties = new Map<string, Promise<unknown>>();
  const propertiesOf = (step: string): Promise<unknown> => {
    const known = properties.get(step) ?? readProperties(context, execution, step);
    properties.set(step, known);
    return known;
  };
  const resolve = async (value: Json): Promise<Json> => {
    if (isExpression(value)) return evaluate(value);
    if (Array.isArray(value)) return Promise.all((value as Json[]).map(resolve));
    if (!isObject(value)) return value;
    const entries = Object.entries(value).map(async ([name, one]) => [name, await resolve(one ?? null)] as const);
    return Object.fromEntries(await Promise.all(entries));
  };
  const evaluate = async (json: Json): Promise<Json> => {
    const problems = openProblems();
    const expression = isObject(json) ? parseExpression(json, '', problems) : undefined;
    problems.check();
    return expression === undefined ? null : valueFor(expression);
  };
  const valueFor = async (expression: Expression): Promise<Json> => {
    switch (expression.kind) {
      case 'parameter':
        return execution.body.parameters[expression.name] ?? noValue(`Parameters.${expression.name}`);
      case 'variable':
        return (
          variableOf(context, execution, expression.name) ??
          jobs[expression.name] ??
          noValue(`Execution.${expression.name}`)
        );
      case 'property':
        return found(await propertiesOf(expression.step), expression.path, expression.text);
      case 'join': {
        const values = await Promise.all(expression.values.map(resolve));
        return values.map(textOf).join(expression.on);
      }
      case 'json': {
        const { file, path, text } = expression;
        const uri =
          'uri' in file ? textOf(await resolve(file.uri)) : fileUri(execution, file, await propertiesOf(file.step));
        return found(await readJsonObject(inRole(context, execution.body.roleArn), uri), path, `${text} of ${uri}`);
      }
    }
  };
  return { resolve };
}

function variableOf({ nowMs }: Context, { body, createdAtMs }: Known, name: string): string | undefined {
  switch (name) {
    case 'StartDateTime':
      return new Date(createdAtMs).toISOString();
    case 'CurrentDateTime':
      return new Date(nowMs()).toISOString();
    case 'PipelineName':
      return body.pipelineName;
    case 'PipelineArn':
      return body.pipelineArn;
    case 'PipelineExecutionId':
      return body.executionId;
    case 'PipelineExecutionArn':
      return body.arn;
    default:
      return undefined;
  }
}

/** What describes that which a step made. */
async function readProperties(context: Context, { body, state, definition }: Known, name: string): Promise<unknown> {
  const type = definition.steps.find((step) => step.name === name)?.type;
  const result: (StepEnd & { job?: string }) | undefined = body.reused?.[name] ?? endOf(state.steps.get(name));
  if (type === 'Condition') return { Outcome: result?.outcome === true ? 'True' : 'False' };
  const stepKind = type === undefined ? undefined : stepKindOf(type);
  if (stepKind === undefined || result === undefined) throw invalid(`Step "${name}" has no result`);
  const { kind } = stepKind;
  const made = kind === 'model-package' ? partsOf(result.arn ?? '')?.name : result.job;
  const record = await context.records.get<any>(kind, idOf(made ?? ''));
  if (record === undefined) throw invalid(`The ${kinds[kind].one} of step "${name}", ${made}, was deleted`);
  return stepKind.describe(context, placeOf(body), record);
}

const endOf = (step: (Omit<StepEnd, 'status'> & { status: string }) | undefined): StepEnd | undefined =>
  step && { ...step, status: step.status as StepEnd['status'] };

/** Where a property file of a step lies. */
function fileUri({ definition }: Known, { step, name }: { step: string; name: string }, properties: unknown): string {
  const file = definition.steps.find((one) => one.name === step)?.propertyFiles.find((one) => one.name === name);
  const uri = file && valueAt(properties, ['ProcessingOutputConfig', 'Outputs', file.output, 'S3Output', 'S3Uri']);
  if (file === undefined || typeof uri !== 'string')
    throw invalid(`Step "${step}" has no output in S3 that holds its property file "${name}"`);
  return `${uri.replace(/\/+$/, '')}/${file.path.replace(/^\/+/, '')}`;
}

function found(document: unknown, path: readonly PathStep[], text: string): Json {
  const value = valueAt(document, path);
  if (value === undefined || value === null) return noValue(text);
  return value instanceof Date ? value.toISOString() : (JSON.parse(JSON.stringify(value)) as Json);
}

function noValue(text: string): never {
  throw invalid(`${text} has no value`);
}

function textOf(value: Json): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw invalid(`Std:Join joins texts, numbers, true and false; it has ${shown(value)}`);
}
