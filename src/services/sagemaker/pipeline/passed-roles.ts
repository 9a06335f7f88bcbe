import { type Json, ServiceError } from '../../../base/index.ts';
import type { Call } from '../../../gateway/index.ts';
import { roleMember } from '../../access/rules/sagemaker.ts';
import type { Definition } from './definition/definition.ts';
import { expressionsIn, isExpression, isObject, parseExpression } from './definition/expressions.ts';
import { openProblems } from './definition/problems.ts';

/*
 * The steps of a pipeline give roles to their jobs, and who makes or starts the pipeline must have the right to pass them, as
 * whoever makes such a job. The door sees the request only, in which a definition is one text.
 */

type Caller = Pick<Call, 'caller'>;

/** For whoever makes a pipeline: roles that stand in the definition. A role that only a step will tell could be any. */
export async function checkWrittenRoles(call: Caller, definition: Definition): Promise<void> {
  if (call.caller.may === undefined) return;
  for (const role of rolesIn(definition)) {
    if (typeof role === 'string') await checkPass(call, role);
    else if (comesFromStep(role)) await checkPass(call, '*');
  }
}

/** For whoever starts an execution: roles that depend on its parameters. */
export async function checkGivenRoles(
  call: Caller,
  definition: Definition,
  resolve: (value: Json) => Promise<Json>,
): Promise<void> {
  if (call.caller.may === undefined) return;
  for (const role of rolesIn(definition))
    if (typeof role !== 'string' && !comesFromStep(role)) await checkPass(call, String(await resolve(role)));
}

async function checkPass({ caller }: Caller, role: string): Promise<void> {
  const values = { 'iam:passedtoservice': 'sagemaker.amazonaws.com' };
  if ((await caller.may?.('iam:PassRole', role, values)) !== false) return;
  const who =
    caller.holder !== undefined && 'arn' in caller.holder.principal ? caller.holder.principal.arn : 'the caller';
  throw new ServiceError(
    'AccessDeniedException',
    `User: ${who} is not authorized to perform: iam:PassRole on resource: ${role}, which a step of the pipeline gives to its job`,
    { status: 400 },
  );
}

function* rolesIn({ steps }: Definition): Generator<Json> {
  for (const step of steps) yield* rolesBelow(step.arguments);
}

/** The members that SageMaker gives roles in, wherever they stand. */
function* rolesBelow(value: Json | undefined): Generator<Json> {
  if (Array.isArray(value)) for (const item of value) yield* rolesBelow(item as Json);
  else if (isObject(value) && !isExpression(value)) {
    for (const [name, inner] of Object.entries(value)) {
      if (!roleMember.test(name)) yield* rolesBelow(inner);
      else if (inner !== undefined && inner !== null) yield inner;
    }
  }
}

function comesFromStep(role: Json): boolean {
  for (const [json, place] of expressionsIn(role, '')) {
    const kind = parseExpression(json, place, openProblems())?.kind;
    if (kind === 'property' || kind === 'json') return true;
  }
  return false;
}
