import type { Context } from '../../context.ts';
import { linksPut } from '../../entries/links.ts';
import { idOf, type Origin } from '../../resource.ts';
import type { ExecutionBody } from '../record.ts';
import { makeEntry } from './make-entry.ts';

/** Makes the experiment and the trial of an execution where they are not there. */
export async function makeExperiment(
  context: Context,
  origin: Origin,
  { ExperimentName: experiment, TrialName: trial }: NonNullable<ExecutionBody['experiment']>,
): Promise<void> {
  if (experiment === undefined) return;
  await makeEntry(context, origin, { kind: 'experiment', name: experiment });
  if (trial === undefined) return;
  const above = { kind: 'experiment', id: idOf(experiment) } as const;
  const below = { kind: 'experiment-trial', id: idOf(trial) } as const;
  await makeEntry(context, origin, {
    kind: 'experiment-trial',
    name: trial,
    members: { ExperimentName: experiment },
    beside: linksPut(above, below, origin.nowMs),
  });
}
