import { ServiceError } from '../../../../base/index.ts';
import type { Context } from '../../context.ts';
import { fold } from '../../history.ts';
import { terminalStatuses } from '../../jobs/job-status.ts';
import { kinds } from '../../kinds.ts';
import { asJson, idOf, invalid } from '../../resource.ts';
import { type Definition, definitionsOf, signOf, spaceOf } from '../definitions.ts';
import { tuningJobLifecycle } from '../lifecycle.ts';
import { type Parent, requestOf, type TuningJobBody, type TuningRequest } from '../record.ts';
import { bestOf, overallBestOf } from './best.ts';
import { objectiveOf, summaryOf } from './describe-trial.ts';

/** The most results of one parent that are taken over: the best of them. */
const resultsMax = 100;

/** What a tuning job takes over from those that its WarmStartConfig names. Throws when it may not start from them. */
export async function readParents(context: Context, request: TuningRequest): Promise<Parent[]> {
  const { WarmStartConfig: config } = request;
  if (config === undefined) return [];
  const problems: string[] = [];
  const parents: Parent[] = [];
  const names = (config.ParentHyperParameterTuningJobs ?? []).map((each) => each.HyperParameterTuningJobName ?? '');
  if (new Set(names.map(idOf)).size < names.length) problems.push('ParentHyperParameterTuningJobs name a job twice');
  if ((request.TrainingJobDefinitions ?? []).length > 0)
    problems.push('WarmStartConfig is for tuning jobs of one TrainingJobDefinition');
  for (const name of names) {
    const record = await context.records.get<TuningJobBody>('hyper-parameter-tuning-job', idOf(name));
    const { notFound, notFoundCode } = kinds['hyper-parameter-tuning-job'];
    if (record === undefined) throw new ServiceError(notFoundCode, notFound(`/${name}`));
    if (!terminalStatuses.includes(record.status))
      problems.push(`The parent "${name}" is in status ${record.status}; a tuning job can start from jobs that ended`);
    else if (config.WarmStartType === 'IdenticalDataAndAlgorithm')
      problems.push(...differences(name, requestOf(record.body), request));
    parents.push(parentOf(record.body));
  }
  if (problems.length > 0) throw invalid(problems.join('; '));
  return parents;
}

/** What keeps a job from being of identical data and algorithm. The data themselves are taken on trust, as at Amazon. */
function* differences(name: string, parent: TuningRequest, child: TuningRequest): Generator<string> {
  const [theirs, ours] = [definitionsOf(parent)[0], definitionsOf(child)[0]];
  if (theirs === undefined || ours === undefined) return;
  const [their, our] = [theirs.objective, ours.objective];
  if (their?.MetricName !== our?.MetricName || their?.Type !== our?.Type)
    yield `The objective of the parent "${name}" is ${their?.Type} ${their?.MetricName}; with IdenticalDataAndAlgorithm it must be the same`;
  const imageOf = ({ request }: Definition) => request.AlgorithmSpecification?.TrainingImage;
  if (imageOf(theirs) !== imageOf(ours))
    yield `The TrainingImage of the parent "${name}" is ${imageOf(theirs)}; with IdenticalDataAndAlgorithm it must be the same`;
  const [theirCount, ourCount] = [hyperparameterCount(theirs), hyperparameterCount(ours)];
  if (theirCount !== ourCount)
    yield `The parent "${name}" has ${theirCount} hyperparameters, static ones and ranges together, and this job ${ourCount}; with IdenticalDataAndAlgorithm there must be as many`;
}

const hyperparameterCount = (definition: Definition): number =>
  Object.keys(definition.request.StaticHyperParameters ?? {}).length + spaceOf(definition).length;

function parentOf(body: TuningJobBody): Parent {
  const definitions = definitionsOf(requestOf(body));
  const state = fold(tuningJobLifecycle, body.events);
  const results = state.trials.flatMap((trial) => {
    const objective = objectiveOf(trial);
    const definition = definitions[trial.definition];
    if (objective === undefined || definition === undefined) return [];
    return [{ values: { ...definition.request.StaticHyperParameters, ...trial.values }, objective }];
  });
  const sign = definitions[0] === undefined ? 1 : signOf(definitions[0]);
  const best = overallBestOf(body, state) ?? summaryOrNone(body, state);
  return {
    name: body.name,
    results: results.sort((left, right) => sign * (left.objective - right.objective)).slice(0, resultsMax),
    ...(best !== undefined && { best: asJson(best) }),
  };
}

function summaryOrNone(body: TuningJobBody, state: Parameters<typeof bestOf>[1]) {
  const best = bestOf(body, state);
  return best && summaryOf(body, best);
}
