import type {
  GetObjectLegalHoldCommandInput,
  GetObjectRetentionCommandInput,
  PutObjectLegalHoldCommandInput,
  PutObjectRetentionCommandInput,
} from '@aws-sdk/client-s3';
import { ServiceError } from '../../../base/index.ts';
import type { Call } from '../../../gateway/index.ts';
import type { ObjectAttributes } from '../../../store/index.ts';
import { malformedXml, requireBucket, type S3Options } from '../context.ts';
import { changeObject, requireObject } from '../objects/object-attributes.ts';
import { requireNoEventHold } from './lock-configuration.ts';
import { isRetained, lockConfigurationOf, lockedAway, retentionOf, withoutLock } from './locks.ts';

type Addressed = GetObjectLegalHoldCommandInput;

export const getObjectRetention =
  (options: S3Options) =>
  async ({ input }: Call<GetObjectRetentionCommandInput>) => {
    const { retention } = await lockedObject(options, input);
    if (retention === undefined) throw notLocked();
    return { Retention: { Mode: retention.mode, RetainUntilDate: new Date(retention.untilMs) } };
  };

/** PutObjectRetention: a later date may always be put, an earlier one or another mode only as the mode allows. */
export const putObjectRetention =
  (options: S3Options) =>
  async ({ input }: Call<PutObjectRetentionCommandInput>) => {
    await requireLock(options, input);
    const { Mode, RetainUntilDate } = input.Retention ?? {};
    requireNoEventHold(input.Retention);
    if ((Mode === undefined) !== (RetainUntilDate === undefined)) throw malformedXml();
    const now = options.nowMs();
    const next =
      Mode === undefined || RetainUntilDate === undefined ? undefined : retentionOf(Mode, RetainUntilDate, now);
    await changeObject(options, input, ({ attributes }) => {
      const { retention: before, ...rest } = attributes;
      const isLonger = next !== undefined && next.mode === before?.mode && next.untilMs >= before.untilMs;
      if (!isLonger && isRetained(before, now, input.BypassGovernanceRetention === true)) throw lockedAway();
      return next === undefined ? rest : { ...rest, retention: next };
    });
    return {};
  };

export const getObjectLegalHold =
  (options: S3Options) =>
  async ({ input }: Call<GetObjectLegalHoldCommandInput>) => {
    const { legalHold } = await lockedObject(options, input);
    if (legalHold === undefined) throw notLocked();
    return { LegalHold: { Status: legalHold ? 'ON' : 'OFF' } };
  };

export const putObjectLegalHold =
  (options: S3Options) =>
  async ({ input }: Call<PutObjectLegalHoldCommandInput>) => {
    await requireLock(options, input);
    const Status = input.LegalHold?.Status;
    if (Status === undefined) throw malformedXml();
    await changeObject(options, input, ({ attributes }) => ({ ...attributes, legalHold: Status === 'ON' }));
    return {};
  };

async function requireLock(options: S3Options, input: Addressed): Promise<void> {
  if (lockConfigurationOf(await requireBucket(options, input, 'own')) === undefined) throw withoutLock();
}

async function lockedObject(options: S3Options, input: Addressed): Promise<ObjectAttributes> {
  await requireLock(options, input);
  return (await requireObject(options, input)).object.attributes;
}

const notLocked = (): ServiceError =>
  new ServiceError('NoSuchObjectLockConfiguration', 'The specified object does not have a ObjectLock configuration', {
    status: 404,
  });
