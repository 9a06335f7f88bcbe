import { loadModel, type OperationModel, type Shape } from '../../../../gateway/index.ts';

/** What the definition may say of a type of steps, as far as it does not depend on how the steps run. */
export interface StepFacts {
  /** The operation whose input the arguments are; undefined for steps that make nothing. */
  operation: string | undefined;
  /** The member of that input that the pipeline fills in; a name that is given there is a prefix. */
  nameMember: string | undefined;
  /** The operations whose answers are the step's properties. */
  properties: readonly string[];
  /** The arguments that decide whether an earlier result is used again; undefined where none ever is. */
  cacheKey: readonly string[] | undefined;
}

/** Cache keys: Amazon SageMaker developer guide, "Default cache key attributes by pipeline step type". */
const types = {
  Training: {
    operation: 'CreateTrainingJob',
    nameMember: 'TrainingJobName',
    properties: ['DescribeTrainingJob'],
    cacheKey: [
      'AlgorithmSpecification',
      'CheckpointConfig',
      'DebugHookConfig',
      'DebugRuleConfigurations',
      'Environment',
      'HyperParameters',
      'InputDataConfig',
    ],
  },
  Processing: {
    operation: 'CreateProcessingJob',
    nameMember: 'ProcessingJobName',
    properties: ['DescribeProcessingJob'],
    cacheKey: ['AppSpecification', 'Environment', 'ProcessingInputs'],
  },
  Tuning: {
    operation: 'CreateHyperParameterTuningJob',
    nameMember: 'HyperParameterTuningJobName',
    properties: ['DescribeHyperParameterTuningJob', 'ListTrainingJobsForHyperParameterTuningJob'],
    cacheKey: ['HyperParameterTuningJobConfig', 'TrainingJobDefinition', 'TrainingJobDefinitions'],
  },
  Transform: {
    operation: 'CreateTransformJob',
    nameMember: 'TransformJobName',
    properties: ['DescribeTransformJob'],
    cacheKey: ['DataProcessing', 'Environment', 'ModelName', 'TransformInput'],
  },
  Model: {
    operation: 'CreateModel',
    nameMember: 'ModelName',
    properties: ['DescribeModel'],
    cacheKey: undefined,
  },
  RegisterModel: {
    operation: 'CreateModelPackage',
    nameMember: undefined,
    properties: ['DescribeModelPackage'],
    cacheKey: undefined,
  },
  Condition: { operation: undefined, nameMember: undefined, properties: [], cacheKey: undefined },
  Fail: { operation: undefined, nameMember: undefined, properties: [], cacheKey: undefined },
} as const satisfies Readonly<Record<string, StepFacts>>;

export type StepType = keyof typeof types;
export const stepFacts: Readonly<Record<StepType, StepFacts>> = types;
export const isStepType = (name: string): name is StepType => Object.hasOwn(types, name);
export const stepTypes: readonly string[] = Object.keys(types);

/** Amazon's other types of steps, and what to do instead. */
export const otherTypes: Readonly<Record<string, string>> = {
  Lambda: 'run the function in a Processing step',
  Callback: 'do the work in a Processing step, or split the pipeline in two and start the second when the work is done',
  EMR: 'run the program in a Processing step',
  EMRServerless: 'run the program in a Processing step',
  QualityCheck: 'compare the data with a script of your own in a Processing step',
  ClarifyCheck: 'compute the report with a script of your own in a Processing step',
  NotebookJob: 'run the notebook with papermill or nbconvert in a Processing step',
  AutoML: 'use a Tuning step',
  EndpointConfig: 'call CreateEndpointConfig when the execution has succeeded',
  Endpoint: 'call CreateEndpoint when the execution has succeeded',
  InferenceComponent: 'call CreateEndpoint when the execution has succeeded',
  Lineage: 'call AddAssociation when the execution has succeeded',
  Cleanup: 'delete the objects with DeleteObjects when the execution has ended, or in a Processing step',
  ForEach: 'write out a step for each item, or use a Tuning step',
  Job: 'use a Training or a Processing step',
  Athena: 'query the files in a Processing step',
  HubContent: 'upload the model to S3 and use a Model step',
  BedrockCustomModel: 'use a Model step',
  BedrockCustomModelDeployment: 'use a Model step',
  BedrockModelImport: 'use a Model step',
  BedrockProvisionedModelThroughput: 'use a Model step',
};

let model: ReturnType<typeof loadModel> | undefined;

export function operationOf(name: string): OperationModel {
  model ??= loadModel('sagemaker');
  const operation = model.operation(name);
  if (operation === undefined) throw new TypeError(`The model of SageMaker has no ${name}`);
  return operation;
}

/** The shapes of a step's properties. */
export const propertyShapes = (type: StepType): Shape[] =>
  stepFacts[type].properties.map((name) => operationOf(name).output);
