import type {
  CreateHyperParameterTuningJobCommandInput,
  CreateHyperParameterTuningJobCommandOutput,
} from '@aws-sdk/client-sagemaker';
import { ServiceError } from '../../../base/index.ts';
import type { Call } from '../../../gateway/index.ts';
import { type Space, type Values, valuesAt } from '../../../tuning/index.ts';
import { addResource, checkFree } from '../add-resource.ts';
import type { Context } from '../context.ts';
import { algorithmOf } from '../images.ts';
import { arnOf, asJson, invalid, type Origin } from '../resource.ts';
import { trainingImageOf } from '../script-mode.ts';
import { checkTags } from '../tags/tags.ts';
import { checkTrainingJob } from '../training-job/create.ts';
import { refusalsOf } from './checks/refusals.ts';
import { type Definition, definitionsOf, spaceOf } from './definitions.ts';
import type { TuningJobBody } from './record.ts';
import { staticHyperparameters, trialRequest } from './trials/trial-request.ts';
import { readParents } from './trials/warm-start.ts';

/** Accepts a tuning job: when the answer leaves, its record is on disk and its driver knows of it. */
export const createHyperParameterTuningJob = async (
  context: Context,
  call: Call<CreateHyperParameterTuningJobCommandInput>,
): Promise<Omit<CreateHyperParameterTuningJobCommandOutput, '$metadata'>> => ({
  HyperParameterTuningJobArn: await addTuningJob(context, call, call.input),
});

/** The same without a request, for code that makes tuning jobs; returns the ARN. */
export async function addTuningJob(
  context: Context,
  origin: Origin,
  input: CreateHyperParameterTuningJobCommandInput,
): Promise<string> {
  const { region, nowMs } = origin;
  const name = input.HyperParameterTuningJobName ?? '';
  const { Tags, ...request } = input;
  const tags = checkTags(Tags);
  const algorithms = context.algorithms();
  const refusals = refusalsOf(input, (definition) => algorithmOf(algorithms, imageOf(definition)));
  if (refusals.length > 0) throw invalid(refusals.join('; '));
  await checkFree(context, 'hyper-parameter-tuning-job', name);
  for (const definition of definitionsOf(input)) await checkSamples(context, region, definition);
  const parents = await readParents(context, input);

  const body: TuningJobBody = {
    name,
    arn: arnOf(origin, 'hyper-parameter-tuning-job', name),
    region,
    request: asJson({ ...request, Tags: tags }),
    seed: input.HyperParameterTuningJobConfig?.RandomSeed ?? seedFrom(context.newId()),
    parents,
    events: [{ type: 'created', atMs: nowMs }],
  };
  return addResource(context, { kind: 'hyper-parameter-tuning-job', status: 'InProgress', nowMs, tags, body });
}

const imageOf = (definition: Definition) =>
  trainingImageOf({
    AlgorithmSpecification: definition.request.AlgorithmSpecification,
    HyperParameters: staticHyperparameters(definition),
  });

const seedFrom = (id: string): number => Number.parseInt(id.replaceAll('-', '').slice(0, 8), 16) || 0;

/** Checks trials at the ends of all ranges and with each category, so that no trial is refused later. */
async function checkSamples(context: Context, region: string, definition: Definition): Promise<void> {
  const problems = new Set<string>();
  for (const values of samplesOf(spaceOf(definition))) {
    try {
      await checkTrainingJob(context, region, trialRequest(definition, { name: 'a-trial', values }));
    } catch (thrown) {
      if (!(thrown instanceof ServiceError) || thrown.code !== 'ValidationException') throw thrown;
      for (const line of thrown.message.split('\n')) problems.add(line);
    }
  }
  if (problems.size > 0) throw invalid([...problems].join('\n'));
}

function samplesOf(space: Space): Values[] {
  const levels = space.map((parameter) => (parameter.kind === 'categorical' ? parameter.values.length : 2));
  return Array.from({ length: Math.max(...levels) }, (_, index) => {
    const place = space.map((parameter, at) =>
      parameter.kind === 'categorical' ? ((index % levels[at]!) + 0.5) / levels[at]! : index % 2,
    );
    return valuesAt(space, Float64Array.from(place));
  });
}
