import { createHash } from 'node:crypto';
import type {
  DeleteBucketLifecycleCommandInput,
  GetBucketLifecycleConfigurationCommandInput,
  LifecycleExpiration,
  LifecycleRule,
  PutBucketLifecycleConfigurationCommandInput,
} from '@aws-sdk/client-s3';
import { ServiceError } from '../../../base/index.ts';
import type { Call } from '../../../gateway/index.ts';
import {
  invalidArgument,
  invalidRequest,
  malformedXml,
  notImplemented,
  requireBucket,
  type S3Options,
} from '../context.ts';
import { keepSetting } from '../settings/kept.ts';
import { conditionsOf, keptRules } from './rules.ts';

const rulesMax = 1000;
const idLengthMax = 255;
const keepMax = 100;

export const getBucketLifecycleConfiguration =
  (options: S3Options) =>
  async ({ input }: Call<GetBucketLifecycleConfigurationCommandInput>) => {
    const bucket = await requireBucket(options, input, 'own');
    const Rules = keptRules(bucket);
    if (Rules.length === 0)
      throw new ServiceError('NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist', {
        details: { BucketName: input.Bucket },
      });
    return { Rules, TransitionDefaultMinimumObjectSize: 'all_storage_classes_128K' };
  };

/** PutBucketLifecycleConfiguration: replaces all rules. */
export const putBucketLifecycleConfiguration =
  (options: S3Options) =>
  async ({ input }: Call<PutBucketLifecycleConfigurationCommandInput>) => {
    await requireBucket(options, input, 'write');
    const given = input.LifecycleConfiguration?.Rules ?? [];
    if (given.length === 0 || given.length > rulesMax) throw malformedXml();
    const rules = given.map((rule, at) => ({ ...rule, ID: rule.ID || idOf(rule, at) }));
    for (const rule of rules) requireRule(rule);
    const twice = rules.find(({ ID }, at) => rules.findIndex((other) => other.ID === ID) < at);
    if (twice !== undefined)
      throw invalidArgument('Rule ID must be unique. Found same ID for more than one rule', 'ID', twice.ID);
    await keepSetting(options, input, 'lifecycle', rules);
    return { TransitionDefaultMinimumObjectSize: 'all_storage_classes_128K' };
  };

export const deleteBucketLifecycle =
  (options: S3Options) =>
  async ({ input }: Call<DeleteBucketLifecycleCommandInput>) =>
    keepSetting(options, input, 'lifecycle', undefined);

/** The id of a rule that was put without one: of what it says and its place. */
const idOf = (rule: LifecycleRule, at: number): string =>
  createHash('sha256')
    .update(`${at} ${JSON.stringify(rule)}`)
    .digest('hex')
    .slice(0, 32);

/** Throws MalformedXML, InvalidArgument or InvalidRequest (400), or NotImplemented (501). */
function requireRule(rule: LifecycleRule & { ID: string }): void {
  const { ID, Filter, Prefix, Expiration, NoncurrentVersionExpiration, AbortIncompleteMultipartUpload } = rule;
  if (ID.length > idLengthMax)
    throw invalidArgument(`ID length should not exceed allowed limit of ${idLengthMax}`, 'ID', ID);
  if (rule.Transitions !== undefined || rule.NoncurrentVersionTransitions !== undefined)
    throw notImplemented(
      `Transitions are not offered by Linnet, which keeps all objects in one place; rule ${ID} has one. Leave it out`,
    );
  requireFilter(rule);
  const actions = [Expiration, NoncurrentVersionExpiration, AbortIncompleteMultipartUpload];
  if (actions.every((action) => action === undefined))
    throw invalidRequest('At least one action needs to be specified in a rule');
  const { tags, above, below } = conditionsOf(Filter ?? { Prefix });
  const isNarrow = tags.length > 0 || above !== undefined || below !== undefined;
  if (Expiration !== undefined) requireExpiration(Expiration, tags.length > 0);
  if (NoncurrentVersionExpiration !== undefined) {
    const { NoncurrentDays, NewerNoncurrentVersions: keep } = NoncurrentVersionExpiration;
    requirePositive('NoncurrentDays', 'NoncurrentVersionExpiration', NoncurrentDays);
    if (keep !== undefined && !(keep >= 1 && keep <= keepMax))
      throw invalidArgument(
        `'NewerNoncurrentVersions' must be between 1 and ${keepMax}`,
        'NewerNoncurrentVersions',
        keep,
      );
  }
  if (AbortIncompleteMultipartUpload !== undefined) {
    if (isNarrow) throw invalidRequest('AbortIncompleteMultipartUpload cannot be specified with Tags or object sizes');
    const { DaysAfterInitiation } = AbortIncompleteMultipartUpload;
    requirePositive('DaysAfterInitiation', 'AbortIncompleteMultipartUpload', DaysAfterInitiation);
  }
}

/** A rule has a filter, which may be empty, or the prefix that older clients send; a filter has one condition, or several in And. */
function requireFilter({ Filter, Prefix }: LifecycleRule): void {
  if ((Filter === undefined) === (Prefix === undefined)) throw malformedXml();
  if (Object.values(Filter ?? {}).filter((value) => value !== undefined).length > 1) throw malformedXml();
  const { above, below } = conditionsOf(Filter ?? {});
  if (above !== undefined && below !== undefined && above >= below)
    throw invalidRequest(
      `'ObjectSizeGreaterThan' is ${above}; it must be less than 'ObjectSizeLessThan', which is ${below}`,
    );
}

function requireExpiration(
  { Days, Date: date, ExpiredObjectDeleteMarker: markers }: LifecycleExpiration,
  hasTags: boolean,
): void {
  if ([Days, date, markers].filter((value) => value !== undefined).length !== 1) throw malformedXml();
  if (Days !== undefined) requirePositive('Days', 'Expiration', Days);
  if (date !== undefined && date.getTime() % 86_400_000 !== 0)
    throw invalidArgument("'Date' must be at midnight GMT", 'Date', date.toISOString());
  if (markers !== undefined && hasTags) throw invalidRequest('ExpiredObjectDeleteMarker cannot be specified with Tags');
}

function requirePositive(name: string, action: string, days: number | undefined): void {
  if (days === undefined) throw malformedXml();
  if (days < 1) throw invalidArgument(`'${name}' for ${action} action must be a positive integer`, name, days);
}
