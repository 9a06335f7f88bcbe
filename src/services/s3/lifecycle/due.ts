import type { Bucket, StoredObject, StoredVersion, Upload } from '../../../store/index.ts';
import { afterDays, type Rule, rulesOf } from './rules.ts';

// What the rules of a bucket say of an object, a version or an upload at a time: decisions without a clock or a store.

const appliesTo = (
  { prefix, tags, sizeAbove, sizeBelow }: Rule,
  { key, sizeBytes, attributes }: StoredObject,
): boolean =>
  key.startsWith(prefix) &&
  sizeBytes > sizeAbove &&
  sizeBytes < sizeBelow &&
  tags.every(([name, value]) => attributes.tags?.[name] === value);

/** When an object expires, and by which rule; undefined when it does not. */
export function expiryOf(rules: readonly Rule[], object: StoredObject): { atMs: number; rule: Rule } | undefined {
  let first: { atMs: number; rule: Rule } | undefined;
  for (const rule of rules) {
    if (rule.expiration === undefined || !appliesTo(rule, object)) continue;
    const { expiration } = rule;
    const atMs = 'atMs' in expiration ? expiration.atMs : afterDays(object.modifiedAtMs, expiration.days);
    if (first === undefined || atMs < first.atMs) first = { atMs, rule };
  }
  return first;
}

/** What answers about an object say of its end. */
export function expirationMember(bucket: Bucket, object: StoredObject): { Expiration?: string } {
  const found = expiryOf(rulesOf(bucket), object);
  if (found === undefined) return {};
  const date = new Date(found.atMs).toUTCString();
  return { Expiration: `expiry-date="${date}", rule-id="${encodeURIComponent(found.rule.id)}"` };
}

/** When an upload in parts is aborted, and by which rule. */
export function abortOf(
  rules: readonly Rule[],
  { key, createdAtMs }: Pick<Upload, 'key' | 'createdAtMs'>,
): { atMs: number; rule: Rule } | undefined {
  return rules
    .filter(({ prefix, abortAfterDays }) => abortAfterDays !== undefined && key.startsWith(prefix))
    .map((rule) => ({ atMs: afterDays(createdAtMs, rule.abortAfterDays!), rule }))
    .sort((a, b) => a.atMs - b.atMs)[0];
}

/** What answers about an upload say of its end. */
export function abortMembers(bucket: Bucket, upload: Upload): { AbortDate?: Date; AbortRuleId?: string } {
  const found = abortOf(rulesOf(bucket), upload);
  return found === undefined ? {} : { AbortDate: new Date(found.atMs), AbortRuleId: found.rule.id };
}

/** Of all versions of one key, newest first, those that are to go, and whether the object itself is. */
export function dueOf(
  rules: readonly Rule[],
  versions: readonly StoredVersion[],
  nowMs: number,
): { expired: StoredObject | undefined; removed: StoredVersion[] } {
  const [latest, ...older] = versions;
  if (latest === undefined) return { expired: undefined, removed: [] };
  const expiry = latest.object && expiryOf(rules, latest.object);
  const removed = older.filter((version, at) => rules.some((rule) => isPast(rule, version, versions[at]!, at, nowMs)));
  if (
    latest.object === undefined &&
    older.length === removed.length &&
    rules.some((rule) => isBare(rule, latest, nowMs))
  )
    removed.push(latest);
  return { expired: expiry !== undefined && expiry.atMs <= nowMs ? latest.object : undefined, removed };
}

/** Whether a version is no longer kept that another succeeded; `newer` others came between it and the latest. */
function isPast(
  rule: Rule,
  { key, object }: StoredVersion,
  successor: StoredVersion,
  newer: number,
  nowMs: number,
): boolean {
  const { noncurrent, tags, prefix } = rule;
  if (noncurrent === undefined || newer < noncurrent.keep) return false;
  if (object === undefined ? tags.length > 0 || !key.startsWith(prefix) : !appliesTo(rule, object)) return false;
  return afterDays(successor.modifiedAtMs, noncurrent.days) <= nowMs;
}

/** Whether a delete marker that hides nothing any more goes. */
function isBare(rule: Rule, { key, modifiedAtMs }: StoredVersion, nowMs: number): boolean {
  if (!rule.removesMarkers || rule.tags.length > 0 || !key.startsWith(rule.prefix)) return false;
  const { expiration } = rule;
  return expiration === undefined || 'atMs' in expiration || afterDays(modifiedAtMs, expiration.days) <= nowMs;
}
