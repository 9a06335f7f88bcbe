import { DataError } from '../../base/index.ts';

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An element that is a text or a list of texts. Throws DataError. */
export function textsOf(value: unknown, element: string): string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  const wrong = list.find((item) => typeof item !== 'string');
  if (list.length === 0 || wrong !== undefined)
    throw new DataError(
      `Syntax errors in policy: ${element} is a text or a list of texts, not ${JSON.stringify(wrong ?? value)}`,
    );
  return list as string[];
}
