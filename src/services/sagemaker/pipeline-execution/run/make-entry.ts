import type { RecordChange } from '../../../../store/index.ts';
import { addResource } from '../../add-resource.ts';
import type { Context } from '../../context.ts';
import { arnOf, idOf, type Origin } from '../../resource.ts';

interface NewEntry {
  kind: 'experiment' | 'experiment-trial' | 'model-package-group';
  name: string;
  members?: Record<string, string>;
  beside?: readonly RecordChange[];
}

/** Makes what steps need and nobody made: an experiment, a trial, a group of model packages. */
export async function makeEntry(
  context: Context,
  origin: Origin,
  { kind, name, members = {}, beside = [] }: NewEntry,
): Promise<void> {
  const exists = async (): Promise<boolean> => (await context.records.get(kind, idOf(name))) !== undefined;
  if (await exists()) return;
  const body = { name, arn: arnOf(origin, kind, name), members };
  try {
    await addResource(context, { kind, nowMs: origin.nowMs, tags: [], body, beside });
  } catch (thrown) {
    // Another execution may have made it meanwhile.
    if (!(await exists())) throw thrown;
  }
}
