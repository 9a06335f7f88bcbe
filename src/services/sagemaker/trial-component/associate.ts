import type {
  AssociateTrialComponentCommandInput,
  AssociateTrialComponentCommandOutput,
  DisassociateTrialComponentCommandInput,
} from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import type { RecordChange } from '../../../store/index.ts';
import type { Context } from '../context.ts';
import type { EntryBody } from '../entries/entry-kind.ts';
import { type End, linksPut, linksRemove } from '../entries/links.ts';
import { find, nameIn } from '../resource.ts';

type Answer = Omit<AssociateTrialComponentCommandOutput, '$metadata'>;

/** Makes a component a part of a trial; it may be part of several. */
export const associateTrialComponent = (
  context: Context,
  call: Call<AssociateTrialComponentCommandInput>,
): Promise<Answer> => relink(context, call, (trial, component) => linksPut(trial, component, call.nowMs));

export const disassociateTrialComponent = (
  context: Context,
  call: Call<DisassociateTrialComponentCommandInput>,
): Promise<Answer> => relink(context, call, linksRemove);

async function relink(
  { records }: Context,
  call: Call<AssociateTrialComponentCommandInput>,
  changes: (trial: End, component: End) => RecordChange[],
): Promise<Answer> {
  const [above, below] = ['experiment-trial', 'experiment-trial-component'] as const;
  const trial = await find<EntryBody>(records, call, above, nameIn(call, above, call.input.TrialName));
  const component = await find<EntryBody>(records, call, below, nameIn(call, below, call.input.TrialComponentName));
  await records.write(changes({ kind: above, id: trial.id }, { kind: below, id: component.id }));
  return { TrialComponentArn: component.body.arn, TrialArn: trial.body.arn };
}
