import type { CreateProcessingJobCommandInput, CreateTrainingJobCommandInput } from '@aws-sdk/client-sagemaker';
import type { WantedImage } from './images.ts';

/*
 * Script mode: a framework's image runs a program that the request brings, as an archive in S3 and the name of the entry in
 * it. Amazon's SDK names both in hyperparameters of a training job, and in the environment of a model.
 */

/** The image of a training job. */
export const trainingImageOf = ({
  AlgorithmSpecification,
  HyperParameters = {},
}: Pick<CreateTrainingJobCommandInput, 'AlgorithmSpecification' | 'HyperParameters'>): WantedImage => ({
  uri: AlgorithmSpecification?.TrainingImage ?? '',
  program: 'train',
  runsScript: 'sagemaker_program' in HyperParameters || AlgorithmSpecification?.ContainerEntrypoint !== undefined,
});

/** The image of a model. */
export const servingImageOf = (uri: string, environment: Readonly<Record<string, string>>): WantedImage => ({
  uri,
  program: 'serve',
  runsScript: 'SAGEMAKER_PROGRAM' in environment || 'SAGEMAKER_SUBMIT_DIRECTORY' in environment,
});

/** The image of a processing job, which brings its command. */
export const processingImageOf = ({
  AppSpecification,
}: Pick<CreateProcessingJobCommandInput, 'AppSpecification'>): WantedImage => ({
  uri: AppSpecification?.ImageUri ?? '',
  program: 'command',
  runsScript: true,
});

/** Where the archive of a training job's program lies; undefined without one, and for a path of the image or a channel. */
export function trainingSourceOf(hyperparameters: Readonly<Record<string, string>> = {}): string | undefined {
  // The SDK writes every value as JSON.
  const text = hyperparameters.sagemaker_submit_directory?.replace(/^"(.*)"$/s, '$1');
  return text?.startsWith('s3://') ? text : undefined;
}

/** The same of a model. */
export function servingSourceOf(environment: Readonly<Record<string, string>>): string | undefined {
  const text = environment.SAGEMAKER_SUBMIT_DIRECTORY;
  return text?.startsWith('s3://') ? text : undefined;
}
