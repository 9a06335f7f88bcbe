import type { Json, JsonObject } from '../../../../base/index.ts';
import type { Condition } from './conditions.ts';
import type { RetryPolicy } from './retry-policies.ts';
import type { StepType } from './step-types.ts';

/** A pipeline's definition that passed all checks. */
export interface Definition {
  parameters: readonly Parameter[];
  /** Names of the experiment and the trial that the jobs belong to; values may be expressions. */
  experiment: { ExperimentName?: Json; TrialName?: Json } | undefined;
  /** All steps, those of branches too; each stands after the steps that it waits for. */
  steps: readonly Step[];
}

export type ParameterType = 'String' | 'Integer' | 'Float' | 'Boolean';
export type ParameterValue = string | number | boolean;

export interface Parameter {
  name: string;
  type: ParameterType;
  fallback: ParameterValue | undefined;
  choices: readonly ParameterValue[] | undefined;
}

export interface Step {
  name: string;
  type: StepType;
  displayName: string | undefined;
  description: string | undefined;
  /** As written, with expressions; of a condition without its conditions and branches. */
  arguments: JsonObject;
  /** Of a condition: all must hold for the `IfSteps`. */
  conditions: readonly Condition[];
  waitsFor: readonly Dependency[];
  /** The branch of a condition that it stands in. */
  branch: { condition: string; outcome: boolean } | undefined;
  propertyFiles: readonly PropertyFile[];
  /** How old a result may be that is used again; undefined where the step always runs. */
  cacheMs: number | undefined;
  retryPolicies: readonly RetryPolicy[];
}

/** The outcome of the step before that lets the next one run. */
export const triggers = ['Completed', 'Failed', 'Stopped', 'Any'] as const;
export type Trigger = (typeof triggers)[number];

export interface Dependency {
  step: string;
  trigger: Trigger;
}

/** A JSON file among the outputs of a processing step. */
export interface PropertyFile {
  name: string;
  output: string;
  path: string;
}
