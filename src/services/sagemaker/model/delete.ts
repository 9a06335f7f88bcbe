import type { DeleteModelCommandInput } from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import type { Context } from '../context.ts';
import { find, idOf } from '../resource.ts';
import { tagsRemove } from '../tags/tags.ts';

/** Forgets a model. Endpoints that serve it continue: they keep a copy of it. */
export async function deleteModel(
  { records }: Context,
  call: Call<DeleteModelCommandInput>,
): Promise<Record<string, never>> {
  const name = call.input.ModelName ?? '';
  await find(records, call, 'model', name);
  const id = idOf(name);
  await records.write([{ remove: { kind: 'model', id } }, tagsRemove('model', id)]);
  return {};
}
