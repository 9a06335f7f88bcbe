import { createHash } from 'node:crypto';
import type {
  StartPipelineExecutionCommandInput,
  StartPipelineExecutionCommandOutput,
} from '@aws-sdk/client-sagemaker';
import { type Json, ServiceError } from '../../../base/index.ts';
import type { Call } from '../../../gateway/index.ts';
import type { Context } from '../context.ts';
import { fold } from '../history.ts';
import type { Definition } from '../pipeline/definition/definition.ts';
import { parameterValues } from '../pipeline/definition/parameters.ts';
import { parseDefinition } from '../pipeline/definition/parse.ts';
import type { ByAlias, WithRole } from '../pipeline/newer-members.ts';
import { parallelIn } from '../pipeline/parallelism.ts';
import { checkGivenRoles } from '../pipeline/passed-roles.ts';
import { findPipeline, findVersion, versionKind } from '../pipeline/record.ts';
import { untilUnraced } from '../pipeline/until-unraced.ts';
import { invalid } from '../resource.ts';
import { type ExecutionEvent, executionLifecycle } from './lifecycle.ts';
import { type ExecutionBody, executionKey, executionKind } from './record.ts';
import { digits } from './run/job-name.ts';
import { openResolver } from './run/resolve.ts';
import { selectedFrom } from './select-steps.ts';

type Input = StartPipelineExecutionCommandInput & ByAlias & WithRole;
type Answer = Omit<StartPipelineExecutionCommandOutput, '$metadata'>;

/** Begins an execution: when the answer leaves, its record is on disk and its driver knows of it. */
export async function startPipelineExecution(context: Context, call: Call<Input>): Promise<Answer> {
  const { records } = context;
  const { input, nowMs } = call;
  for (const refusal of refusalsOf(input)) throw invalid(refusal);
  const { ClientRequestToken: token = '', ...request } = input;
  const digest = createHash('sha256').update(JSON.stringify(request)).digest('hex');
  const arn = await untilUnraced(
    () => findPipeline(records, call, input.PipelineName),
    async (pipeline) => {
      const { name, arn: pipelineArn } = pipeline.body;
      // It follows from the token, so that a repeated request finds the execution that it began.
      const executionId = digits(`${pipelineArn} ${pipeline.createdAtMs} ${token}`, 12);
      const id = executionKey(name, executionId);
      const earlier = await records.get<ExecutionBody>(executionKind, id);
      if (earlier !== undefined) return repeated(earlier.body, digest);
      const version = await findVersion(records, pipeline, {
        id: input.PipelineVersionId,
        alias: input.PipelineVersionAlias,
      });
      const definition = parseDefinition(version.body.definition);
      const { displayName, description, parallel = pipeline.body.parallel } = named(input);
      const events: ExecutionEvent[] = [{ type: 'created', atMs: nowMs }];
      if ([displayName, description, parallel].some((one) => one !== undefined))
        events.push({ type: 'updated', atMs: nowMs, ...definedOf({ displayName, description, parallel }) });
      const bare: ExecutionBody = {
        name: `${name}/execution/${executionId}`,
        arn: `${pipelineArn}/execution/${executionId}`,
        region: call.region,
        executionId,
        pipelineName: name,
        pipelineArn,
        version: version.body.version,
        roleArn: pipeline.body.roleArn,
        parameters: parameterValues(definition.parameters, input.PipelineParameters ?? []),
        ...(await selectedFrom(context, call, { pipeline: name, definition, config: input.SelectiveExecutionConfig })),
        digest,
        events,
      };
      const { resolve } = openResolver(context, {
        body: bare,
        state: fold(executionLifecycle, events),
        createdAtMs: nowMs,
        definition,
      });
      await checkGivenRoles(call, definition, resolve);
      const body = { ...bare, ...(await experimentOf(definition, resolve)) };
      const times = { createdAtMs: nowMs, updatedAtMs: nowMs };
      const { createdAtMs, updatedAtMs } = pipeline;
      const ran = { kind: 'pipeline', id: pipeline.id, createdAtMs, updatedAtMs };
      await records.write([
        { put: { kind: executionKind, id, status: 'Executing', ...times, body }, expect: 'absent' },
        { put: { ...ran, body: { ...pipeline.body, lastRunMs: nowMs } }, expect: pipeline.version },
        {
          put: {
            kind: versionKind,
            id: version.id,
            createdAtMs: version.createdAtMs,
            updatedAtMs: version.updatedAtMs,
            body: { ...version.body, lastExecutionArn: bare.arn },
          },
          expect: version.version,
        },
      ]);
      context.changed(executionKind, id);
      return bare.arn;
    },
  );
  return { PipelineExecutionArn: arn };
}

function* refusalsOf({ RoleArn, MlflowExperimentName }: Input): Generator<string> {
  if (RoleArn !== undefined)
    yield 'RoleArn is for pipelines that Amazon manages; the execution has the role of its pipeline, which UpdatePipeline changes';
  if (MlflowExperimentName !== undefined)
    yield 'MlflowExperimentName is not offered by Linnet; start an MLflow server of your own and give its address to the scripts';
}

function repeated({ arn, digest: first }: ExecutionBody, digest: string): string {
  if (first === digest) return arn;
  throw invalid(`The ClientRequestToken was used with other values for execution ${arn}; use a new one`);
}

const named = (input: Input) => ({
  displayName: input.PipelineExecutionDisplayName,
  description: input.PipelineExecutionDescription,
  ...parallelIn(input),
});

type Defined<Members> = { [Name in keyof Members]?: Exclude<Members[Name], undefined> };

const definedOf = <Members extends object>(members: Members): Defined<Members> =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Defined<Members>;

/** The names of the experiment and the trial; known before any step runs. */
async function experimentOf(
  definition: Definition,
  resolve: (value: Json) => Promise<Json>,
): Promise<Pick<ExecutionBody, 'experiment'>> {
  if (definition.experiment === undefined) return {};
  const experiment: Record<string, string> = {};
  for (const [member, value] of Object.entries(definition.experiment)) {
    const name = String(await resolve(value as Json));
    if (!/^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,119}$/.test(name))
      throw new ServiceError(
        'ValidationException',
        `PipelineExperimentConfig.${member} is "${name}"; it must be 1 to 120 letters, digits and hyphens. Give another, or null for no experiment`,
      );
    experiment[member] = name;
  }
  return Object.keys(experiment).length === 0 ? {} : { experiment };
}
