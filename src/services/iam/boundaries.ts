import type { Call } from '../../gateway/index.ts';
import { type Bearer, bearers } from './bearer.ts';
import type { IamContext } from './context.ts';
import { edit } from './edit.ts';
import { findPolicy, isAmazons } from './policy.ts';
import { noSuchEntity } from './refusals.ts';

/** Throws NoSuchEntity for the ARN of a policy that is not there. */
export async function checkBoundary(context: IamContext, arn: string | undefined): Promise<void> {
  if (arn !== undefined && !isAmazons(arn)) await findPolicy(context, arn);
}

type Run = (context: IamContext, call: Call<any>) => Promise<object>;

/** PutUserPermissionsBoundary and its brothers. Groups have no boundary. */
export const boundaryOperations = (): Record<string, Run> =>
  Object.fromEntries(
    bearers
      .filter(({ title }) => title !== 'Group')
      .flatMap((bearer) => [
        [`Put${bearer.title}PermissionsBoundary`, putBoundary(bearer)],
        [`Delete${bearer.title}PermissionsBoundary`, deleteBoundary(bearer)],
      ]),
  );

const putBoundary =
  (bearer: Bearer): Run =>
  async (context, { input, nowMs }) => {
    await checkBoundary(context, input.PermissionsBoundary);
    return edit(context.records, async () => {
      const entity = await bearer.find(context, input[`${bearer.title}Name`]);
      const body = { ...entity.body, boundaryArn: input.PermissionsBoundary };
      return { changes: [bearer.put(entity, body, nowMs)], answer: {} };
    });
  };

const deleteBoundary =
  (bearer: Bearer): Run =>
  (context, { input, nowMs }) =>
    edit(context.records, async () => {
      const entity = await bearer.find(context, input[`${bearer.title}Name`]);
      const { boundaryArn, ...body } = entity.body;
      if (boundaryArn === undefined)
        throw noSuchEntity(`${bearer.title} ${entity.body.name} does not have a permissions boundary.`);
      return { changes: [bearer.put(entity, body, nowMs)], answer: {} };
    });
