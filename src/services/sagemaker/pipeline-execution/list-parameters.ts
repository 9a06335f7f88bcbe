import type {
  ListPipelineParametersForExecutionCommandInput,
  ListPipelineParametersForExecutionCommandOutput,
} from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import type { Context } from '../context.ts';
import { pageOf } from '../paging.ts';
import { type ExecutionBody, findExecution } from './record.ts';

/** One page of the parameters of an execution, with the values that it was given or that are the defaults. */
export async function listPipelineParametersForExecution(
  { records }: Context,
  call: Call<ListPipelineParametersForExecutionCommandInput>,
): Promise<Omit<ListPipelineParametersForExecutionCommandOutput, '$metadata'>> {
  const { body } = await findExecution(records, call, call.input.PipelineExecutionArn);
  const { page, nextToken } = pageOf(
    { items: parametersOf(body), keyOf: ({ Name }) => Name, question: ['parameters', body.arn] },
    call.input,
  );
  return { PipelineParameters: page, NextToken: nextToken };
}

export const parametersOf = ({ parameters }: ExecutionBody) =>
  Object.entries(parameters).map(([Name, value]) => ({ Name, Value: String(value) }));
