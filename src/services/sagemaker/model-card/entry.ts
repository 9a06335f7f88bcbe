import type { JsonObject } from '../../../base/index.ts';
import type { RecordChange } from '../../../store/index.ts';
import type { EntryBody, EntryKind } from '../entries/entry-kind.ts';
import { idOf, invalid } from '../resource.ts';
import { parsedContent } from './content.ts';

export const versionKind = 'model-card-version';

/** Descriptions of models for people: a JSON document with a status; each change of the document is a version. */
export const modelCardEntry: EntryKind = {
  kind: 'model-card',
  noun: 'ModelCard',
  listed: 'ModelCardSummaries',
  summary: ['ModelCardStatus'],
  status: 'ModelCardStatus',
  check: async (_, { input }) => checkContent(input.Content),
  shown: (_, { body: { members } }) => ({ ModelCardVersion: versionOf(members), ...found(members) }),
  besideMade: (body, nowMs) => [versionPut(body, nowMs)],
  besideRemoved: ({ id, body }) =>
    Array.from({ length: versionOf(body.members) }, (_, at) => ({
      remove: { kind: versionKind, id: versionId(id, at + 1) },
    })),
};

/** Throws unless it is a JSON object. */
export function checkContent(content: string): void {
  if (parsedContent(content) === undefined)
    throw invalid('The Content of a model card must be a JSON object; it is none');
}

export const versionOf = (members: JsonObject): number =>
  typeof members.ModelCardVersion === 'number' ? members.ModelCardVersion : 1;

/** Versions sort as their numbers do. */
export const versionId = (id: string, version: number): string => `${id}/${String(version).padStart(9, '0')}`;

/** The record of the version that a card has. */
export const versionPut = (body: EntryBody, nowMs: number, createdAtMs: number = nowMs): RecordChange => ({
  put: {
    kind: versionKind,
    id: versionId(idOf(body.name), versionOf(body.members)),
    ...(typeof body.members.ModelCardStatus === 'string' && { status: body.members.ModelCardStatus }),
    createdAtMs,
    updatedAtMs: nowMs,
    body,
  },
});

/** What Search finds cards by. */
function found(members: JsonObject): Record<string, unknown> {
  const card = parsedContent(String(members.Content)) ?? {};
  const part = (name: string) => (card[name] ?? {}) as Record<string, unknown>;
  return {
    ModelId: part('model_overview').model_id,
    RiskRating: part('intended_uses').risk_rating,
    ModelPackageGroupName: part('model_package_details').model_package_group_name,
  };
}
