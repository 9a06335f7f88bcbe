import type { Json, JsonObject } from '../../../../base/index.ts';

/** Steps and definitions as the Python SDK writes them, small. For tests. */
export const trainingStep = (name: string, more: JsonObject = {}, given: JsonObject = {}): JsonObject => ({
  Name: name,
  Type: 'Training',
  Arguments: {
    AlgorithmSpecification: { TrainingImage: 'image:1', TrainingInputMode: 'File' },
    OutputDataConfig: { S3OutputPath: 's3://data/output' },
    ResourceConfig: { InstanceCount: 1, InstanceType: 'ml.m5.large', VolumeSizeInGB: 1 },
    StoppingCondition: { MaxRuntimeInSeconds: 60 },
    ...given,
  },
  ...more,
});

export const conditionStep = (
  name: string,
  conditions: readonly Json[],
  branches: { IfSteps?: readonly Json[]; ElseSteps?: readonly Json[] } = {},
): JsonObject => ({
  Name: name,
  Type: 'Condition',
  Arguments: { Conditions: conditions, IfSteps: [], ElseSteps: [], ...branches },
});

export const failStep = (name: string, ErrorMessage: Json): JsonObject => ({
  Name: name,
  Type: 'Fail',
  Arguments: { ErrorMessage },
});

export const definitionOf = (Steps: readonly Json[], more: JsonObject = {}): string =>
  JSON.stringify({
    Version: '2020-12-01',
    Metadata: {},
    Parameters: [],
    PipelineExperimentConfig: null,
    Steps,
    ...more,
  });
