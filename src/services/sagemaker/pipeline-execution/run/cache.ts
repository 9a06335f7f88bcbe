import { createHash } from 'node:crypto';
import type { Json, JsonObject } from '../../../../base/index.ts';
import type { Context } from '../../context.ts';
import type { Step } from '../../pipeline/definition/definition.ts';
import { isObject } from '../../pipeline/definition/expressions.ts';
import { stepFacts } from '../../pipeline/definition/step-types.ts';
import { idOf } from '../../resource.ts';
import { stepKindOf } from '../steps/step-kinds.ts';

/** The last result of a step with certain arguments. */
export type CacheBody = { executionArn: string; job: string; arn: string };

export const cacheKind = 'pipeline-step-cache';

/** Of a tuning job's definition these decide, and no others. */
const tunedMembers = [
  'AlgorithmSpecification',
  'HyperParameterRanges',
  'InputDataConfig',
  'StaticHyperParameters',
  'TuningObjective',
];

/** The id of the result of a step with these arguments; undefined for steps that are never cached. */
export function cacheId(pipelineName: string, { name, type }: Step, request: JsonObject): string | undefined {
  const members = stepFacts[type].cacheKey;
  if (members === undefined) return undefined;
  const decisive = pick(request, members);
  const { TrainingJobDefinition: tuned } = decisive;
  const key = isObject(tuned) ? { ...decisive, TrainingJobDefinition: pick(tuned, tunedMembers) } : decisive;
  const digest = createHash('sha256')
    .update(JSON.stringify(sorted(key)))
    .digest('hex')
    .slice(0, 32);
  return `${idOf(pipelineName)}/${name}/${digest}`;
}

const pick = (from: JsonObject, members: readonly string[]): JsonObject =>
  Object.fromEntries(members.flatMap((member) => (from[member] === undefined ? [] : [[member, from[member]]])));

/** The order of members says nothing. */
function sorted(value: Json | undefined): Json {
  if (Array.isArray(value)) return value.map((item) => sorted(item as Json));
  if (!isObject(value)) return value ?? null;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([name, one]) => [name, sorted(one)]));
}

/** An earlier result that is young enough, whose job is still there. */
export async function findCached({ records, nowMs }: Context, step: Step, id: string): Promise<CacheBody | undefined> {
  if (step.cacheMs === undefined) return undefined;
  const found = await records.get<CacheBody>(cacheKind, id);
  if (found === undefined || nowMs() - found.updatedAtMs > step.cacheMs) return undefined;
  const job = await records.get(stepKindOf(step.type)!.kind, idOf(found.body.job));
  return job && found.body;
}

/** Keeps a result; again is no mistake. */
export async function keepCached({ records }: Context, id: string, body: CacheBody, endedMs: number): Promise<void> {
  const found = await records.get<CacheBody>(cacheKind, id);
  if (found !== undefined && found.updatedAtMs > endedMs) return;
  await records.write([{ put: { kind: cacheKind, id, createdAtMs: endedMs, updatedAtMs: endedMs, body } }]);
}
