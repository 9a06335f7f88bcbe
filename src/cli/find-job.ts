import { ServiceError } from '../base/index.ts';
import type { Api } from './api.ts';

/** Whether the server says that it has no such thing. */
export const isNotFound = (error: unknown): boolean =>
  error instanceof ServiceError && /(not|n't) find|not found|does not exist/i.test(error.message);

/** The job of this name, of the first kind that has one; undefined where none has. */
export async function findJob<Kind extends string>(
  api: Api,
  name: string,
  kinds: readonly Kind[],
): Promise<{ kind: Kind; described: Readonly<Record<string, string>> } | undefined> {
  for (const kind of kinds) {
    try {
      return { kind, described: await api.call('sagemaker', `Describe${kind}Job`, { [`${kind}JobName`]: name }) };
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
  return undefined;
}
