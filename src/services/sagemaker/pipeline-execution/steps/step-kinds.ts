import type { RecordOf } from '../../../../store/index.ts';
import { describeEntry } from '../../entries/operations.ts';
import { fold } from '../../history.ts';
import { jobLifecycle } from '../../jobs/driving/lifecycle.ts';
import { requestJobStop } from '../../jobs/driving/request-stop.ts';
import { addModel } from '../../model/create.ts';
import { modelDescription } from '../../model/describe.ts';
import { modelPackageEntry } from '../../model-package/entry.ts';
import type { StepType } from '../../pipeline/definition/step-types.ts';
import { addProcessingJob } from '../../processing-job/create.ts';
import { processingJobDescription } from '../../processing-job/describe.ts';
import { addTrainingJob } from '../../training-job/create.ts';
import { trainingJobDescription } from '../../training-job/describe.ts';
import { trainingJobLifecycle } from '../../training-job/lifecycle.ts';
import { requestStop } from '../../training-job/stop.ts';
import { addTransformJob } from '../../transform-job/create.ts';
import { transformJobDescription } from '../../transform-job/describe.ts';
import { addTuningJob } from '../../tuning-job/create.ts';
import { tuningJobLifecycle } from '../../tuning-job/lifecycle.ts';
import { requestTuningStop } from '../../tuning-job/stop.ts';
import { registerModel } from './register-model.ts';
import { doneWhenMade, endOfState, type StepKind } from './step-kind.ts';
import { tuningProperties } from './tuning-properties.ts';

/** The types of steps that make something. One more is one entry here, and one in the definition's step types. */
export const stepKinds: Readonly<Record<Exclude<StepType, 'Condition' | 'Fail'>, StepKind>> = {
  Training: {
    kind: 'training-job',
    nameMax: 63,
    metadata: 'TrainingJob',
    roleMember: 'RoleArn',
    instant: false,
    make: addTrainingJob,
    endOf: ({ body }) => endOfState(fold(trainingJobLifecycle, body.events)),
    stop: requestStop,
    describe: (context, _, record) => trainingJobDescription(context, record),
  },
  Processing: {
    kind: 'processing-job',
    nameMax: 63,
    metadata: 'ProcessingJob',
    roleMember: 'RoleArn',
    instant: false,
    make: addProcessingJob,
    endOf: ({ body }) => endOfState(fold(jobLifecycle('processing-job'), body.events)),
    stop: (context, origin, name) => requestJobStop(context, origin, 'processing-job', name),
    describe: (_, __, record) => processingJobDescription(record),
  },
  Transform: {
    kind: 'transform-job',
    nameMax: 63,
    metadata: 'TransformJob',
    roleMember: undefined,
    instant: false,
    make: addTransformJob,
    endOf: ({ body }) => endOfState(fold(jobLifecycle('transform-job'), body.events)),
    stop: (context, origin, name) => requestJobStop(context, origin, 'transform-job', name),
    describe: (_, __, record) => transformJobDescription(record),
  },
  Tuning: {
    kind: 'hyper-parameter-tuning-job',
    nameMax: 32,
    metadata: 'TuningJob',
    roleMember: undefined,
    instant: false,
    make: addTuningJob,
    endOf: ({ body }) => endOfState(fold(tuningJobLifecycle, body.events)),
    stop: requestTuningStop,
    describe: tuningProperties,
  },
  Model: {
    ...doneWhenMade,
    kind: 'model',
    nameMax: 63,
    metadata: 'Model',
    roleMember: 'ExecutionRoleArn',
    make: addModel,
    describe: (_, __, record) => modelDescription(record),
  },
  RegisterModel: {
    ...doneWhenMade,
    kind: 'model-package',
    nameMax: 63,
    metadata: 'RegisterModel',
    roleMember: undefined,
    make: registerModel,
    describe: (context, place, record: RecordOf<any>) => describeEntry(modelPackageEntry, context, record, place),
  },
};

export const stepKindOf = (type: StepType): StepKind | undefined =>
  type === 'Condition' || type === 'Fail' ? undefined : stepKinds[type];
