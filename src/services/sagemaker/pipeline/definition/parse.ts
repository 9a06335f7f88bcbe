import type { Json, JsonObject } from '../../../../base/index.ts';
import { invalid } from '../../resource.ts';
import type { Definition } from './definition.ts';
import { expressionsIn, isExpression, isObject, parseExpression } from './expressions.ts';
import { ordered } from './graph.ts';
import { parseParameters } from './parameters.ts';
import { openProblems, type Problems, shown } from './problems.ts';
import { checkReferences } from './references.ts';
import { parseSteps } from './steps.ts';

const version = '2020-12-01';
/** JSON nested deeper than this is no definition, and could end the stack. */
const depthMax = 64;

/** Reads a definition. Throws a ValidationException that lists what is wrong, each with its place. */
export function parseDefinition(text: string): Definition {
  const json = parseJson(text);
  const problems = openProblems();
  const { Version, Metadata: _, Parameters, PipelineExperimentConfig, MlflowConfig, Steps, ...others } = json;
  if (Version !== version) problems.add('Version', `must be "${version}"; it is ${shown(Version)}`);
  if (MlflowConfig !== undefined && MlflowConfig !== null)
    problems.add(
      'MlflowConfig',
      'is not offered by Linnet; start an MLflow server of your own and give its address to the scripts',
    );
  for (const name of Object.keys(others))
    problems.add(
      '',
      `There is no member "${name}"; there are Version, Metadata, Parameters, PipelineExperimentConfig, Steps`,
    );
  const parameters = parseParameters(Parameters, problems);
  const experiment = parseExperiment(PipelineExperimentConfig, problems);
  const written = parseSteps(Steps, problems);
  checkReferences(written, parameters, problems);
  checkExperiment(
    experiment,
    parameters.map(({ name }) => name),
    problems,
  );
  problems.check();
  const sorted = ordered(written.map(({ step }) => step));
  if ('circle' in sorted)
    throw invalid(
      `The steps of the pipeline definition wait for each other in a circle: ${sorted.circle.join(' -> ')}`,
    );
  return { parameters, experiment, steps: sorted.order };
}

function parseJson(text: string): JsonObject {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw invalid(`The pipeline definition is not JSON: ${(cause as Error).message}`);
  }
  if (!isObject(json)) throw invalid(`The pipeline definition must be a JSON object; it is ${shown(json)}`);
  if (isDeeper(json, depthMax)) throw invalid(`The pipeline definition has more than ${depthMax} levels of nesting`);
  return json;
}

function isDeeper(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === 0 || Object.values(value).some((inner) => isDeeper(inner, depth - 1));
}

function parseExperiment(value: Json | undefined, problems: Problems): Definition['experiment'] {
  const place = 'PipelineExperimentConfig';
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) return problems.add(place, `must be an object; it is ${shown(value)}`) as undefined;
  for (const [name, one] of Object.entries(value)) {
    if (name !== 'ExperimentName' && name !== 'TrialName') problems.add(place, `There is no member "${name}"`);
    else if (typeof one !== 'string' && !isExpression(one))
      problems.add(`${place}.${name}`, `must be a text or an expression; it is ${shown(one)}`);
  }
  const { ExperimentName, TrialName } = value;
  if (TrialName !== undefined && ExperimentName === undefined)
    problems.add(place, 'TrialName needs an ExperimentName beside it');
  return { ...(ExperimentName !== undefined && { ExperimentName }), ...(TrialName !== undefined && { TrialName }) };
}

/** It is known before any step runs. */
function checkExperiment(
  experiment: Definition['experiment'],
  parameters: readonly string[],
  problems: Problems,
): void {
  for (const [json, place] of expressionsIn((experiment ?? {}) as JsonObject, 'PipelineExperimentConfig')) {
    const expression = parseExpression(json, place, problems);
    if (expression?.kind === 'parameter' && !parameters.includes(expression.name))
      problems.add(place, `There is no parameter "${expression.name}"`);
    if (expression?.kind === 'property' || expression?.kind === 'json')
      problems.add(place, 'The experiment is made before the first step, so it cannot come from one');
  }
}
