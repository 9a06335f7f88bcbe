import type { Channel, CreateTrainingJobCommandInput } from '@aws-sdk/client-sagemaker';

export type InputMode = 'File' | 'FastFile' | 'Pipe';

/** An artifact is read as a file, whatever the job's mode, unless its channel says otherwise. */
const modelContentType = 'application/x-sagemaker-model';

/** How a channel reaches the program: its own mode, else the job's. */
export function inputModeOf(request: CreateTrainingJobCommandInput, channel: Channel): InputMode {
  if (channel.InputMode !== undefined) return channel.InputMode as InputMode;
  if (channel.ContentType === modelContentType) return 'File';
  return (request.AlgorithmSpecification?.TrainingInputMode ?? 'File') as InputMode;
}
