import { ServiceError } from '../../base/index.ts';
import type { Call } from '../../gateway/index.ts';
import { type ActingOptions, actingIn, couldNotAssume } from './acting.ts';
import type { RoleRequest } from './need.ts';
import { sagemakerRule } from './rules/sagemaker.ts';
import { problemOf } from './standing.ts';

/**
 * Holds an operation that a pipeline does against its role, as if the role had sent it. Throws AccessDeniedException, and
 * ValidationException for a role that it gives on and that SageMaker cannot act in.
 */
export async function requireInRole(role: string, request: RoleRequest, options: ActingOptions): Promise<void> {
  const { accountId, identities } = options;
  const acting = actingIn(role, options);
  // Nobody gave rights to a role that nobody made: it may give on others of that kind, as the account may.
  const anybody = (await identities.standingOf(role)).kind === 'never-made';
  for (const need of sagemakerRule({ ...request, accountId } as Call)) {
    const refusal = await acting.refusalOf(need);
    if (refusal !== undefined) throw new ServiceError('AccessDeniedException', refusal, { status: 400 });
    if (need.action !== 'iam:PassRole') continue;
    const problem = problemOf(await identities.standingOf(need.resource), { anybody });
    if (problem !== undefined) throw new ServiceError('ValidationException', couldNotAssume(need.resource, problem));
  }
}
