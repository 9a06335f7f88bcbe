import type { RecordChange, RecordOf } from '../../../store/index.ts';
import type { Context } from '../context.ts';
import type { EntryBody } from '../entries/entry-kind.ts';
import { invalid } from '../resource.ts';

/** An association: an edge from a source to a destination. */
export type AssociationBody = {
  source: AssociationEnd;
  destination: AssociationEnd;
  type?: string;
};

export type AssociationEnd = {
  arn: string;
  /** `artifact/1f3a`. */
  key: string;
  type?: string;
  name?: string;
};

/** An association is kept twice, so that it is found from both ends. */
export const forwardKind = 'association';
export const backwardKind = 'association-backward';

const idOfEdge = (from: AssociationEnd, to: AssociationEnd): string => `${from.key}>${to.key}`;

/** Both records of an association, for one write. */
export function associationPuts(body: AssociationBody, nowMs: number): RecordChange[] {
  const { source, destination } = body;
  const times = { createdAtMs: nowMs, updatedAtMs: nowMs };
  return [
    { put: { kind: forwardKind, id: idOfEdge(source, destination), ...times, body }, expect: 'absent' },
    { put: { kind: backwardKind, id: idOfEdge(destination, source), ...times, body }, expect: 'absent' },
  ];
}

export const associationRemoves = (source: AssociationEnd, destination: AssociationEnd): RecordChange[] => [
  { remove: { kind: forwardKind, id: idOfEdge(source, destination) } },
  { remove: { kind: backwardKind, id: idOfEdge(destination, source) } },
];

export const findAssociation = (
  { records }: Context,
  source: AssociationEnd,
  destination: AssociationEnd,
): Promise<RecordOf<AssociationBody> | undefined> =>
  records.get<AssociationBody>(forwardKind, idOfEdge(source, destination));

/** Throws while an entity is an end of an association. */
export async function checkNotAssociated({ records }: Context, { kind, id, body }: RecordOf<EntryBody>): Promise<void> {
  for (const one of [forwardKind, backwardKind]) {
    const [found] = await records.list(one, { idPrefix: `${kind}/${id}>`, limit: 1 });
    if (found !== undefined)
      throw invalid(
        `${body.arn} is associated with others; remove the associations first, ListAssociations lists them`,
      );
  }
}
