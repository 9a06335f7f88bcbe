import { Conflict, type JsonObject, ServiceError } from '../../base/index.ts';
import type { RecordOf, Records } from '../../store/index.ts';

/** Log groups and streams are records; the events of a stream are a stream of the store. */
export const groupKind = 'log-group';
export const streamKind = 'log-stream';

export type StreamBody = { group: string; name: string; [member: string]: string };

/** Groups cannot hold a colon, nor can streams (CloudWatch's patterns), so the two halves stay apart. */
export const streamId = (group: string, name: string): string => `${group}:${name}`;
export const eventsOf = (group: string, name: string): string => `logs/${streamId(group, name)}`;

/** Makes a stream, and its group with the first one. One that exists stays as it is. */
export async function createLogStream(records: Records, group: string, name: string, nowMs: number): Promise<void> {
  const times = { createdAtMs: nowMs, updatedAtMs: nowMs };
  await createOnce(records, groupKind, group, { name: group }, times);
  await createOnce(records, streamKind, streamId(group, name), { group, name } satisfies StreamBody, times);
}

async function createOnce(
  records: Records,
  kind: string,
  id: string,
  body: JsonObject,
  times: { createdAtMs: number; updatedAtMs: number },
): Promise<void> {
  if ((await records.get(kind, id)) !== undefined) return;
  try {
    await records.write([{ put: { kind, id, ...times, body }, expect: 'absent' }]);
  } catch (thrown) {
    if (!(thrown instanceof Conflict)) throw thrown;
  }
}

/** The group a request names, by name or by ARN. Throws when it is not named, named twice, or of another region. */
export function groupNameOf(
  input: { logGroupName?: string | undefined; logGroupIdentifier?: string | undefined },
  region: string,
): string {
  const { logGroupName, logGroupIdentifier } = input;
  if ((logGroupName === undefined) === (logGroupIdentifier === undefined)) {
    throw invalidParameter('Exactly one of logGroupName and logGroupIdentifier must be given');
  }
  if (logGroupName !== undefined) return logGroupName;
  const arn = /^arn:[^:]*:logs:([^:]*):[^:]*:log-group:/.exec(logGroupIdentifier!);
  if (arn !== null && arn[1] !== region)
    throw invalidParameter(`"${logGroupIdentifier}" is in ${arn[1]}; the request is signed for ${region}`);
  return logGroupIdentifier!.slice(arn?.[0].length ?? 0).replace(/:\*$/, '');
}

/** The record of a group. Throws CloudWatch's own text when it does not exist: the SDKs wait on it. */
export async function findGroup(records: Records, name: string): Promise<RecordOf> {
  const group = await records.get(groupKind, name);
  if (group === undefined)
    throw new ServiceError('ResourceNotFoundException', 'The specified log group does not exist.');
  return group;
}

export const streamNotFound = (): ServiceError =>
  new ServiceError('ResourceNotFoundException', 'The specified log stream does not exist.');

export const invalidParameter = (message: string): ServiceError =>
  new ServiceError('InvalidParameterException', message);
