import type { Json, JsonObject } from '../../../../base/index.ts';
import { readInput } from '../../../../gateway/index.ts';
import type { Context } from '../../context.ts';
import { fitted } from '../../pipeline/definition/arguments.ts';
import type { Step } from '../../pipeline/definition/definition.ts';
import { isObject } from '../../pipeline/definition/expressions.ts';
import { operationOf, stepFacts } from '../../pipeline/definition/step-types.ts';
import type { StepState } from '../lifecycle.ts';
import type { StepKind } from '../steps/step-kind.ts';
import type { Execution } from './execution.ts';
import { digits } from './job-name.ts';
import { openResolver } from './resolve.ts';

/** The request by which a step makes its job or model, checked as if a client had sent it. Throws what that would be answered. */
export async function requestOf(
  context: Context,
  execution: Execution,
  step: Step,
  running: StepState,
  { roleMember }: Pick<StepKind, 'roleMember'>,
): Promise<Record<string, unknown>> {
  const { operation: name = '', nameMember } = stepFacts[step.type];
  const operation = operationOf(name);
  const { job = '' } = running;
  const jobs = nameMember === undefined ? {} : { [nameMember]: job };
  const resolved = await openResolver(context, execution, jobs).resolve(step.arguments);
  const given = fitted(operation.input, resolved) as JsonObject;
  const takes = (member: string): boolean => operation.input.members.some((one) => one.name === member);
  const { experiment, roleArn } = execution.body;
  return readInput(operation, {
    ...(roleMember !== undefined && { [roleMember]: roleArn }),
    ...given,
    ...jobs,
    ...(experiment !== undefined && takes('ExperimentConfig') && { ExperimentConfig: belonging(given, experiment) }),
    ...(step.type === 'RegisterModel' ? registered(given, execution, running) : tagged(given, execution, step)),
  });
}

const belonging = ({ ExperimentConfig: given }: JsonObject, experiment: JsonObject): JsonObject => ({
  ...(isObject(given) ? given : {}),
  ...experiment,
});

const tagged = ({ Tags: given }: JsonObject, { body }: Execution, { name }: Step): { Tags: readonly Json[] } => ({
  Tags: [
    ...(Array.isArray(given) ? (given as Json[]) : []),
    { Key: 'sagemaker:pipeline-execution-arn', Value: body.arn },
    { Key: 'sagemaker:pipeline-step-name', Value: name },
  ],
});

/** A version of a group has no tags of its own; as at Amazon, it says what made it. */
function registered({ MetadataProperties: given }: JsonObject, { body }: Execution, running: StepState): JsonObject {
  return {
    MetadataProperties: { GeneratedBy: body.arn, ...(isObject(given) ? given : {}) },
    ClientToken: digits(`${body.arn} ${running.name} ${running.attempt}`, 32),
  };
}
