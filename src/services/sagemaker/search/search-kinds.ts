import { loadModel, type Shape } from '../../../gateway/index.ts';
import type { RecordOf } from '../../../store/index.ts';
import type { Context } from '../context.ts';
import { endpointDescription } from '../endpoint/describe.ts';
import type { EndpointBody } from '../endpoint/record.ts';
import type { EntryBody, EntryKind } from '../entries/entry-kind.ts';
import { idsAbove, idsBelow } from '../entries/links.ts';
import { describeEntry } from '../entries/operations.ts';
import { experimentEntry } from '../experiment/entry.ts';
import type { ResourceKind } from '../kinds.ts';
import { modelDescription } from '../model/describe.ts';
import type { ModelBody } from '../model/record.ts';
import { modelCardEntry } from '../model-card/entry.ts';
import { modelPackageEntry } from '../model-package/entry.ts';
import { modelPackageGroupEntry } from '../model-package-group/entry.ts';
import { pipelineDescription } from '../pipeline/describe.ts';
import type { PipelineBody } from '../pipeline/record.ts';
import { executionDescription } from '../pipeline-execution/describe.ts';
import { parametersOf } from '../pipeline-execution/list-parameters.ts';
import type { ExecutionBody } from '../pipeline-execution/record.ts';
import { invalid, type Place } from '../resource.ts';
import { trainingJobDescription } from '../training-job/describe.ts';
import type { TrainingJobBody } from '../training-job/record.ts';
import { trialEntry } from '../trial/entry.ts';
import { trialComponentEntry } from '../trial-component/entry.ts';
import { tuningJobDescription } from '../tuning-job/describe.ts';
import type { TuningJobBody } from '../tuning-job/record.ts';

/** A kind of resources that Search finds. */
export interface SearchKind {
  kind: ResourceKind;
  /** The member of a result that holds one. */
  member: string;
  /** The property that is the name by which the records are kept, where there is one, and the one that is their status. */
  name?: string;
  status?: string;
  /** All that a result shows and a condition asks for, but the tags. */
  document(context: Context, record: RecordOf<any>, place: Place): object | Promise<object>;
}

/** By the names that Search gives resources. One more kind is one entry here. */
const searchKinds: Readonly<Record<string, SearchKind>> = {
  TrainingJob: {
    kind: 'training-job',
    member: 'TrainingJob',
    name: 'TrainingJobName',
    status: 'TrainingJobStatus',
    document: (context, record: RecordOf<TrainingJobBody>) => trainingJobDescription(context, record),
  },
  HyperParameterTuningJob: {
    kind: 'hyper-parameter-tuning-job',
    member: 'HyperParameterTuningJob',
    name: 'HyperParameterTuningJobName',
    status: 'HyperParameterTuningJobStatus',
    document: (context, record: RecordOf<TuningJobBody>, place) => tuningJobDescription(context, place, record),
  },
  Endpoint: {
    kind: 'endpoint',
    member: 'Endpoint',
    name: 'EndpointName',
    status: 'EndpointStatus',
    document: (_, record: RecordOf<EndpointBody>) => endpointDescription(record),
  },
  Model: {
    kind: 'model',
    member: 'Model',
    name: 'Model.ModelName',
    document: (_, record: RecordOf<ModelBody>) => ({ Model: modelDescription(record) }),
  },
  Experiment: ofEntry(experimentEntry),
  ExperimentTrial: {
    ...ofEntry(trialEntry),
    document: async (context, record: RecordOf<EntryBody>, place) => ({
      ...(await describeEntry(trialEntry, context, record, place)),
      TrialComponentSummaries: await componentsOf(context, record.id, place),
    }),
  },
  ExperimentTrialComponent: {
    ...ofEntry(trialComponentEntry),
    document: async (context, record: RecordOf<EntryBody>, place) => ({
      ...(await describeEntry(trialComponentEntry, context, record, place)),
      Parents: await parentsOf(context, record.id),
    }),
  },
  ModelCard: ofEntry(modelCardEntry),
  ModelPackage: ofEntry(modelPackageEntry),
  ModelPackageGroup: ofEntry(modelPackageGroupEntry),
  Pipeline: {
    kind: 'pipeline',
    member: 'Pipeline',
    name: 'PipelineName',
    document: (_, record: RecordOf<PipelineBody>) => pipelineDescription(record),
  },
  PipelineExecution: {
    kind: 'pipeline-execution',
    member: 'PipelineExecution',
    status: 'PipelineExecutionStatus',
    document: (_, record: RecordOf<ExecutionBody>) => ({
      ...executionDescription(record),
      PipelineParameters: parametersOf(record.body),
    }),
  },
};

function ofEntry(entry: EntryKind): SearchKind {
  return {
    kind: entry.kind,
    member: entry.noun,
    name: `${entry.noun}Name`,
    ...(entry.status !== undefined && { status: entry.status }),
    document: (context, record: RecordOf<EntryBody>, place) => describeEntry(entry, context, record, place),
  };
}

/** The components of a trial, as its document shows them. */
async function componentsOf(context: Context, id: string, place: Place): Promise<object[]> {
  const kind = 'experiment-trial-component';
  const shown: object[] = [];
  for (const below of await idsBelow(context.records, { kind: 'experiment-trial', id }, kind)) {
    const record = await context.records.get<EntryBody>(kind, below);
    if (record !== undefined) shown.push(await describeEntry(trialComponentEntry, context, record, place));
  }
  return shown;
}

/** The trials of a component, with their experiments. */
async function parentsOf({ records }: Context, id: string): Promise<object[]> {
  const parents: object[] = [];
  for (const above of await idsAbove(records, { kind: 'experiment-trial-component', id }, 'experiment-trial')) {
    const trial = await records.get<EntryBody>('experiment-trial', above);
    if (trial !== undefined)
      parents.push({ TrialName: trial.body.name, ExperimentName: trial.body.members.ExperimentName });
  }
  return parents;
}

/** Throws for a resource of which Linnet has none. */
export function searchKindOf(resource: string | undefined): SearchKind {
  const found = Object.hasOwn(searchKinds, resource ?? '') ? searchKinds[resource ?? ''] : undefined;
  if (found !== undefined) return found;
  throw invalid(`Search for ${resource} is not offered by Linnet; it searches ${Object.keys(searchKinds).join(', ')}`);
}

let shapes: ReadonlyMap<string, Shape> | undefined;

/** The shape of the documents of a kind, by the service model. */
export function documentShape({ member }: SearchKind): Shape {
  shapes ??= new Map(recordShape().members.map(({ name, shape }) => [name, shape]));
  const shape = shapes.get(member);
  if (shape === undefined) throw new TypeError(`The model's SearchRecord has no ${member}`);
  return shape;
}

function recordShape(): Shape {
  const results = loadModel('sagemaker')
    .operation('Search')
    ?.output.members.find(({ name }) => name === 'Results');
  const shape = results?.shape.item?.shape;
  if (shape === undefined) throw new TypeError('The model has no Search');
  return shape;
}
