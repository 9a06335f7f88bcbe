import type { Tag } from '@aws-sdk/client-iam';
import { invalidInput, limitExceeded } from './refusals.ts';

export type KeptTag = { Key: string; Value: string };

export const tagsByKey = (tags: readonly KeptTag[]): Record<string, string> =>
  Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));

const tagsMax = 50;
/** Tag keys are matched without case. */
const keyOf = (key: string): string => key.toLowerCase();

/** Tags with others added, which replace those of the same key. Throws for a key that comes twice and for too many. */
export function withTags(tags: readonly KeptTag[], added: readonly Tag[] | undefined): KeptTag[] {
  const merged = new Map(tags.map((tag) => [keyOf(tag.Key), tag]));
  const seen = new Set<string>();
  for (const { Key = '', Value = '' } of added ?? []) {
    if (seen.has(keyOf(Key)))
      throw invalidInput('Duplicate tag keys found. Please note that Tag keys are case insensitive.');
    if (keyOf(Key).startsWith('aws:')) throw invalidInput(`Tag key "${Key}" begins with aws:, which is reserved.`);
    seen.add(keyOf(Key));
    merged.set(keyOf(Key), { Key, Value });
  }
  if (merged.size > tagsMax) throw limitExceeded(`Cannot exceed quota for TagsPerResource: ${tagsMax}`);
  return [...merged.values()];
}

export function withoutTags(tags: readonly KeptTag[], keys: readonly string[] | undefined): KeptTag[] {
  const gone = new Set((keys ?? []).map(keyOf));
  return tags.filter(({ Key }) => !gone.has(keyOf(Key)));
}
