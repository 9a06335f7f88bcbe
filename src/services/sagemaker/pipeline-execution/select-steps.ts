import type { SelectiveExecutionConfig } from '@aws-sdk/client-sagemaker';
import type { Context } from '../context.ts';
import { fold } from '../history.ts';
import type { Definition, Step } from '../pipeline/definition/definition.ts';
import { idOf, invalid, type Place } from '../resource.ts';
import { activeExecutions, type ExecutionState, executionLifecycle, type StepEnd } from './lifecycle.ts';
import { type ExecutionBody, findExecution } from './record.ts';

interface Selection {
  pipeline: string;
  definition: Definition;
  config: SelectiveExecutionConfig | undefined;
}

/** What an execution of some steps keeps: which they are, and the results of others that they refer to. */
export async function selectedFrom(
  { records }: Context,
  place: Place,
  { pipeline, definition: { steps }, config }: Selection,
): Promise<Pick<ExecutionBody, 'selected' | 'sourceArn' | 'reused'>> {
  if (config === undefined) return {};
  const selected = (config.SelectedSteps ?? []).map(({ StepName = '' }) => StepName);
  const byName = new Map(steps.map((step) => [step.name, step]));
  for (const name of selected)
    if (!byName.has(name)) throw invalid(`SelectedSteps has "${name}", which is no step of pipeline '${pipeline}'`);
  checkWhole(steps, selected);
  const others = [...new Set(selected.flatMap((name) => byName.get(name)!.waitsFor.map(({ step }) => step)))].filter(
    (name) => !selected.includes(name),
  );
  const { SourcePipelineExecutionArn: sourceArn } = config;
  if (sourceArn === undefined) {
    if (others.length === 0) return { selected };
    throw invalid(
      `The selected steps need the results of ${others.join(', ')}; select these too, or give the SourcePipelineExecutionArn of an execution that has them`,
    );
  }
  const source = await findExecution(records, place, sourceArn);
  if (idOf(source.body.pipelineName) !== idOf(pipeline))
    throw invalid(`${sourceArn} is no execution of pipeline '${pipeline}'`);
  if (activeExecutions.includes(source.status))
    throw invalid(`${sourceArn} is ${source.status}; the source must be an execution that ended`);
  const state = fold(executionLifecycle, source.body.events);
  const reused = Object.fromEntries(others.map((name) => [name, resultOf(name, source.body, state)]));
  return { selected, sourceArn, reused };
}

/** Steps between two selected ones are selected, or their results would be of another time. */
function checkWhole(steps: readonly Step[], selected: readonly string[]): void {
  // From a selected step, by steps that are not.
  const between = new Set<string>();
  for (const { name, waitsFor } of steps) {
    const from = waitsFor.map(({ step }) => step);
    const left = from.find((step) => between.has(step));
    if (!selected.includes(name)) {
      if (left !== undefined || from.some((step) => selected.includes(step))) between.add(name);
    } else if (left !== undefined)
      throw invalid(`SelectedSteps must have "${left}" too, which stands between two of them`);
  }
}

function resultOf(name: string, source: ExecutionBody, state: ExecutionState): StepEnd & { job?: string } {
  const earlier = source.reused?.[name];
  if (earlier !== undefined) return earlier;
  const step = state.steps.get(name);
  if (step?.status !== 'Succeeded')
    throw invalid(`Step "${name}" did not succeed in ${source.arn}, so its result cannot be used`);
  const { arn, job, outcome } = step;
  return {
    status: 'Succeeded',
    ...(arn !== undefined && { arn }),
    ...(job !== undefined && { job }),
    ...(outcome !== undefined && { outcome }),
  };
}
