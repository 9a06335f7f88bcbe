import type {
  Edge,
  LineageType,
  QueryFilters,
  QueryLineageCommandInput,
  QueryLineageCommandOutput,
  Vertex,
} from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import type { RecordOf } from '../../../store/index.ts';
import type { Context } from '../context.ts';
import type { EntryBody } from '../entries/entry-kind.ts';
import { find, invalid } from '../resource.ts';
import { bareEnd } from './associations.ts';
import { type AssociationBody, type AssociationEnd, backwardKind, forwardKind } from './records.ts';

/** Source: AWS API reference, QueryLineage. */
const depthMax = 10;
/** Entities that one question may reach: beyond, the caller asks from nearer. */
const reachedMax = 1000;

const lineageTypes: Readonly<Record<string, LineageType>> = {
  artifact: 'Artifact',
  context: 'Context',
  action: 'Action',
  'experiment-trial-component': 'TrialComponent',
};

/** What led to an entity, or what came of it: everything that associations reach, near before far. */
export async function queryLineage(
  context: Context,
  call: Call<QueryLineageCommandInput>,
): Promise<Omit<QueryLineageCommandOutput, '$metadata'>> {
  const {
    StartArns = [],
    Direction = 'Both',
    IncludeEdges = true,
    Filters,
    MaxDepth = depthMax,
    NextToken,
  } = call.input;
  if (NextToken !== undefined) throw invalid('The NextToken is not one that QueryLineage answered');
  const [startArn] = StartArns;
  if (startArn === undefined) throw invalid('StartArns must name the entity to start from');
  const start = bareEnd(call, startArn);
  await find(context.records, call, start.kind, start.id);

  const reached = new Map<string, AssociationEnd>([[start.key, start]]);
  const edges = new Map<string, Edge>();
  let border = [start.key];
  for (let depth = 0; depth < MaxDepth && border.length > 0; depth += 1) {
    const further: string[] = [];
    for (const key of border)
      for (const { body } of await associationsAt(context, key, Direction)) {
        const { source, destination, type } = body;
        edges.set(`${source.key}>${destination.key}`, {
          SourceArn: source.arn,
          DestinationArn: destination.arn,
          ...(type !== undefined && { AssociationType: type as NonNullable<Edge['AssociationType']> }),
        });
        const end = source.key === key ? destination : source;
        if (reached.has(end.key)) continue;
        if (reached.size >= reachedMax)
          throw invalid(`More than ${reachedMax} entities are reached from ${startArn}; give a smaller MaxDepth`);
        reached.set(end.key, end);
        further.push(end.key);
      }
    border = further;
  }
  reached.delete(start.key);
  const vertices: Vertex[] = [];
  for (const end of reached.values()) if (await passes(context, end, Filters)) vertices.push(vertexOf(end));
  return { Vertices: vertices, Edges: IncludeEdges ? [...edges.values()] : [] };
}

async function associationsAt(
  { records }: Context,
  key: string,
  direction: string,
): Promise<RecordOf<AssociationBody>[]> {
  const kinds = [
    ...(direction === 'Ascendants' ? [] : [forwardKind]),
    ...(direction === 'Descendants' ? [] : [backwardKind]),
  ];
  const found: RecordOf<AssociationBody>[] = [];
  for (const kind of kinds) found.push(...(await records.list<AssociationBody>(kind, { idPrefix: `${key}>` })));
  return found;
}

const kindIn = (end: AssociationEnd): string => end.key.slice(0, end.key.indexOf('/'));

const vertexOf = (end: AssociationEnd): Vertex => ({
  Arn: end.arn,
  Type: end.type,
  LineageType: lineageTypes[kindIn(end)],
});

async function passes({ records }: Context, end: AssociationEnd, filters: QueryFilters | undefined): Promise<boolean> {
  if (filters === undefined) return true;
  const { Types, LineageTypes, CreatedBefore, CreatedAfter, ModifiedBefore, ModifiedAfter, Properties } = filters;
  if (Types !== undefined && !Types.includes(end.type ?? '')) return false;
  const lineageType = lineageTypes[kindIn(end)];
  if (LineageTypes !== undefined && (lineageType === undefined || !LineageTypes.includes(lineageType))) return false;
  const record = await records.get<EntryBody>(kindIn(end), end.key.slice(end.key.indexOf('/') + 1));
  if (record === undefined) return false;
  const properties = (record.body.members.Properties ?? {}) as Record<string, string>;
  return (
    isBetween(record.createdAtMs, CreatedAfter, CreatedBefore) &&
    isBetween(record.updatedAtMs, ModifiedAfter, ModifiedBefore) &&
    Object.entries(Properties ?? {}).every(([key, value]) => properties[key] === value)
  );
}

const isBetween = (ms: number, after: Date | undefined, before: Date | undefined): boolean =>
  (after === undefined || ms > after.getTime()) && (before === undefined || ms < before.getTime());
