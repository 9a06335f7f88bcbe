import type { DeletePipelineCommandInput, DeletePipelineCommandOutput } from '@aws-sdk/client-sagemaker';
import { ServiceError } from '../../../base/index.ts';
import type { Call } from '../../../gateway/index.ts';
import type { RecordChange } from '../../../store/index.ts';
import { recordsWithPrefix } from '../../every-record.ts';
import type { Context } from '../context.ts';
import { activeExecutions } from '../pipeline-execution/lifecycle.ts';
import { type ExecutionBody, executionKind } from '../pipeline-execution/record.ts';
import { cacheKind } from '../pipeline-execution/run/cache.ts';
import { arnOf, nameIn } from '../resource.ts';
import { tagsRemove } from '../tags/tags.ts';
import { findPipeline, versionKind } from './record.ts';
import { untilUnraced } from './until-unraced.ts';

type Answer = Omit<DeletePipelineCommandOutput, '$metadata'>;

/** Forgets a pipeline that no execution runs of, with all its versions and executions. What its steps made stays. */
export async function deletePipeline({ records }: Context, call: Call<DeletePipelineCommandInput>): Promise<Answer> {
  const { PipelineName: name, ClientRequestToken: token = '' } = call.input;
  const done = { kind: 'client-token', id: `pipeline-deleted/${token}` };
  const arn = arnOf(call, 'pipeline', nameIn(call, 'pipeline', name));
  const earlier = await records.get<{ arn: string }>(done.kind, done.id);
  if (earlier?.body.arn === arn) return { PipelineArn: arn };
  return untilUnraced(
    () => findPipeline(records, call, name),
    async ({ id, version }) => {
      const changes: RecordChange[] = [
        { remove: { kind: 'pipeline', id }, expect: version },
        tagsRemove('pipeline', id),
      ];
      for await (const execution of recordsWithPrefix<ExecutionBody>(records, executionKind, `${id}/`)) {
        if (activeExecutions.includes(execution.status))
          throw new ServiceError(
            'ConflictException',
            `Pipeline '${name}' cannot be deleted because its execution ${execution.body.arn} is ${execution.status}; stop it first`,
          );
        // One that is retried meanwhile lets the deletion fail, and be looked at again.
        changes.push({ remove: { kind: executionKind, id: execution.id }, expect: execution.version });
      }
      for (const kind of [versionKind, cacheKind])
        for await (const found of recordsWithPrefix(records, kind, `${id}/`))
          changes.push({ remove: { kind, id: found.id } });
      const times = { createdAtMs: call.nowMs, updatedAtMs: call.nowMs };
      await records.write([...changes, { put: { ...done, ...times, body: { arn } } }]);
      return { PipelineArn: arn };
    },
  );
}
