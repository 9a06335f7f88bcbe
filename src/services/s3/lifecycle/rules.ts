import type { LifecycleRule, LifecycleRuleFilter, Tag } from '@aws-sdk/client-s3';
import type { Bucket } from '../../../store/index.ts';
import { keptSetting } from '../settings/kept.ts';

/** A rule that is switched on, as it is applied. */
export interface Rule {
  id: string;
  prefix: string;
  tags: readonly (readonly [key: string, value: string])[];
  /** Sizes strictly between these are meant. */
  sizeAbove: number;
  sizeBelow: number;
  expiration?: { days: number } | { atMs: number };
  /** A delete marker goes when it is all that is left of its key; after so many days where the rule has days. */
  removesMarkers: boolean;
  noncurrent?: { days: number; keep: number };
  abortAfterDays?: number;
}

const dayMs = 86_400_000;

/** Reading and converting the rules of a bucket costs more than the rest of a read. */
const known = new WeakMap<object, readonly Rule[]>();
const none: readonly Rule[] = [];

/** The rules of a bucket that are switched on. */
export function rulesOf(bucket: Bucket): readonly Rule[] {
  const { attributes } = bucket;
  if (attributes.lifecycle === undefined) return none;
  let rules = known.get(attributes);
  if (rules === undefined) {
    rules = keptRules(bucket)
      .filter(({ Status }) => Status === 'Enabled')
      .map(ruleOf);
    known.set(attributes, rules);
  }
  return rules;
}

/** The rules as they were put. */
export const keptRules = (bucket: Bucket): LifecycleRule[] =>
  (keptSetting<LifecycleRule[]>(bucket, 'lifecycle') ?? []).map((rule) =>
    rule.Expiration?.Date === undefined
      ? rule
      : { ...rule, Expiration: { ...rule.Expiration, Date: new Date(rule.Expiration.Date) } },
  );

function ruleOf(rule: LifecycleRule): Rule {
  const { Expiration, NoncurrentVersionExpiration, AbortIncompleteMultipartUpload } = rule;
  const { prefix, tags, above, below } = conditionsOf(rule.Filter ?? { Prefix: rule.Prefix });
  const days = Expiration?.Days;
  const date = Expiration?.Date;
  const abortDays = AbortIncompleteMultipartUpload?.DaysAfterInitiation;
  return {
    id: rule.ID ?? '',
    prefix,
    tags: tags.map(({ Key = '', Value = '' }) => [Key, Value]),
    sizeAbove: above ?? -1,
    sizeBelow: below ?? Number.POSITIVE_INFINITY,
    ...(days === undefined ? {} : { expiration: { days } }),
    ...(date === undefined ? {} : { expiration: { atMs: date.getTime() } }),
    removesMarkers: Expiration?.ExpiredObjectDeleteMarker === true || days !== undefined,
    ...(NoncurrentVersionExpiration === undefined
      ? {}
      : {
          noncurrent: {
            days: NoncurrentVersionExpiration.NoncurrentDays ?? 0,
            keep: NoncurrentVersionExpiration.NewerNoncurrentVersions ?? 0,
          },
        }),
    ...(abortDays === undefined ? {} : { abortAfterDays: abortDays }),
  };
}

/** What a filter asks for, alone or together. */
export function conditionsOf({ And, ...alone }: LifecycleRuleFilter): {
  prefix: string;
  tags: readonly Tag[];
  above: number | undefined;
  below: number | undefined;
} {
  const { Prefix, ObjectSizeGreaterThan, ObjectSizeLessThan } = And ?? alone;
  const tags = And === undefined ? (alone.Tag === undefined ? [] : [alone.Tag]) : (And.Tags ?? []);
  return { prefix: Prefix ?? '', tags, above: ObjectSizeGreaterThan, below: ObjectSizeLessThan };
}

/** The moment that a number of days after another has passed: the next midnight of UTC, as S3 rounds. */
export const afterDays = (fromMs: number, days: number): number => Math.ceil((fromMs + days * dayMs) / dayMs) * dayMs;
