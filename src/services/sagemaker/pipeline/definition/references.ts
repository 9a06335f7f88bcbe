import type { Json } from '../../../../base/index.ts';
import { leads } from './arguments.ts';
import { valuesOf } from './conditions.ts';
import type { Parameter, Step } from './definition.ts';
import { type Expression, expressionsIn, isObject, parseExpression } from './expressions.ts';
import { merged } from './graph.ts';
import type { Problems } from './problems.ts';
import { propertyShapes, stepFacts } from './step-types.ts';

/** A step with its place in the text. What it waits for is complete once its references are known. */
export interface WrittenStep {
  place: string;
  step: Step;
}

/** Checks what each step refers to, and lets it wait for those steps. */
export function checkReferences(
  written: readonly WrittenStep[],
  parameters: readonly Parameter[],
  problems: Problems,
): void {
  const steps = new Map(written.map(({ step }) => [step.name, step]));
  for (const { place, step } of written) {
    const referenced = new Set<string>();
    for (const { step: name } of step.waitsFor)
      if (!steps.has(name)) problems.add(`${place}.DependsOn`, unknownStep(name));
    for (const [value, at] of valuesWithExpressions(step, place)) {
      for (const [json, where] of expressionsIn(value, at)) {
        const expression = parseExpression(json, where, problems);
        if (expression === undefined) continue;
        const problem = problemOf(expression, steps, parameters);
        if (problem !== undefined) problems.add(where, problem);
        const name = stepIn(expression);
        if (name !== undefined && steps.has(name)) referenced.add(name);
      }
    }
    step.waitsFor = merged(step.waitsFor, referenced);
  }
}

function* valuesWithExpressions(step: Step, place: string): Generator<[Json, string]> {
  yield [step.arguments, `${place}.Arguments`];
  for (const [index, condition] of step.conditions.entries())
    for (const value of valuesOf(condition)) yield [value, `${place}.Arguments.Conditions[${index}]`];
}

function stepIn(expression: Expression): string | undefined {
  if (expression.kind === 'property') return expression.step;
  return expression.kind === 'json' && 'step' in expression.file ? expression.file.step : undefined;
}

const unknownStep = (name: string): string => `There is no step "${name}"`;

function problemOf(
  expression: Expression,
  steps: ReadonlyMap<string, Step>,
  parameters: readonly Parameter[],
): string | undefined {
  if (expression.kind === 'parameter')
    return parameters.some(({ name }) => name === expression.name)
      ? undefined
      : `There is no parameter "${expression.name}"; Parameters must define it`;
  const name = stepIn(expression);
  if (name === undefined) return undefined;
  const step = steps.get(name);
  if (step === undefined) return unknownStep(name);
  if (expression.kind === 'property') return propertyProblem(expression, step);
  return expression.kind === 'json' && 'step' in expression.file ? fileProblem(expression.file.name, step) : undefined;
}

function propertyProblem({ path, text }: Extract<Expression, { kind: 'property' }>, { name, type }: Step) {
  if (type === 'Condition')
    return path.length === 1 && path[0] === 'Outcome'
      ? undefined
      : `"${text}": a Condition step has the property Outcome only`;
  if (type === 'Fail') return `"${text}": a Fail step has no properties`;
  if (propertyShapes(type).some((shape) => leads(shape, path))) return undefined;
  return `"${text}": step "${name}" of type ${type} has no such property; its properties are the answer of ${stepFacts[type].properties.join(' and of ')}`;
}

function fileProblem(name: string, step: Step): string | undefined {
  const file = step.propertyFiles.find((one) => one.name === name);
  if (file === undefined) return `Step "${step.name}" has no property file "${name}"`;
  const config = step.arguments.ProcessingOutputConfig;
  const outputs = isObject(config) && Array.isArray(config.Outputs) ? (config.Outputs as Json[]) : [];
  if (outputs.some((output) => isObject(output) && output.OutputName === file.output)) return undefined;
  return `Property file "${name}" of step "${step.name}" is in output "${file.output}", which the step does not have`;
}
