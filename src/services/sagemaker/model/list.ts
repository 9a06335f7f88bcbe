import type { ListModelsCommandInput, ListModelsCommandOutput } from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import type { Context } from '../context.ts';
import { listPage } from '../paging.ts';
import type { ModelBody } from './record.ts';

/** One page of models, newest first unless asked otherwise. */
export async function listModels(
  { records }: Context,
  { input }: Call<ListModelsCommandInput>,
): Promise<Omit<ListModelsCommandOutput, '$metadata'>> {
  const page = await listPage<ModelBody>(records, 'model', input);
  const models = page.records.map(({ body, createdAtMs }) => ({
    ModelName: body.name,
    ModelArn: body.arn,
    CreationTime: new Date(createdAtMs),
  }));
  return { Models: models, NextToken: page.nextToken };
}
