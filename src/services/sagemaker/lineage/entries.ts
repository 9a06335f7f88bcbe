import { createHash } from 'node:crypto';
import type { ArtifactSource } from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import type { EntryBody, EntryKind } from '../entries/entry-kind.ts';
import type { Scope } from '../paging.ts';
import { checkNotAssociated } from './records.ts';

/** Source: AWS API reference; the models say it of what is created only. */
const propertiesMax = 30;

/** Filters of a List: by the type, and by the address of the source. */
const scopeOf =
  (type: string) =>
  async (_: unknown, { input }: Call<any>): Promise<Scope<EntryBody>> => {
    const { SourceUri, [type]: wanted } = input;
    if (SourceUri === undefined && wanted === undefined) return {};
    return {
      where: ({ body: { members } }) =>
        (SourceUri === undefined || (members.Source as ArtifactSource | undefined)?.SourceUri === SourceUri) &&
        (wanted === undefined || members[type] === wanted),
      question: [SourceUri ?? null, wanted ?? null],
    };
  };

const common = { merged: ['Properties'], mergedMax: propertiesMax, checkUnused: checkNotAssociated } as const;

/** What a step uses or makes: a data set, a model, an image. Its source identifies it, and its name need not be unique. */
export const artifactEntry: EntryKind = {
  ...common,
  kind: 'artifact',
  noun: 'Artifact',
  listed: 'ArtifactSummaries',
  summary: ['Source', 'ArtifactType'],
  replaced: ['ArtifactName'],
  identity: ({ Source }: { Source?: ArtifactSource }) => digestOf(Source),
  scope: scopeOf('ArtifactType'),
};

/** The same source has the same digest, in whatever order its ids come. */
function digestOf(source: ArtifactSource | undefined): string {
  const ids = (source?.SourceTypes ?? []).map(({ SourceIdType, Value }) => [SourceIdType, Value].join('=')).sort();
  return createHash('sha256')
    .update(JSON.stringify([source?.SourceUri, ids]))
    .digest('hex')
    .slice(0, 32);
}

/** What groups others: an endpoint, a project. */
export const contextEntry: EntryKind = {
  ...common,
  kind: 'context',
  noun: 'Context',
  listed: 'ContextSummaries',
  summary: ['Source', 'ContextType'],
  replaced: ['Description'],
  scope: scopeOf('ContextType'),
};

/** What was done, such as an approval or a deployment. */
export const actionEntry: EntryKind = {
  ...common,
  kind: 'action',
  noun: 'Action',
  listed: 'ActionSummaries',
  summary: ['Source', 'ActionType', 'Status'],
  replaced: ['Description', 'Status'],
  scope: scopeOf('ActionType'),
};
