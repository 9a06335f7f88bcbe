// What clean-up and set-up code asks of buckets, through the published SDK for JavaScript.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateBucketCommand,
  DeleteBucketCorsCommand,
  DeleteBucketLifecycleCommand,
  DeleteBucketOwnershipControlsCommand,
  DeleteBucketPolicyCommand,
  DeleteBucketReplicationCommand,
  DeleteBucketWebsiteCommand,
  DeletePublicAccessBlockCommand,
  GetBucketAbacCommand,
  GetBucketAccelerateConfigurationCommand,
  GetBucketAclCommand,
  GetBucketAnalyticsConfigurationCommand,
  GetBucketCorsCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLoggingCommand,
  GetBucketNotificationConfigurationCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketPolicyStatusCommand,
  GetBucketReplicationCommand,
  GetBucketRequestPaymentCommand,
  GetBucketVersioningCommand,
  GetBucketWebsiteCommand,
  GetObjectAclCommand,
  GetObjectLegalHoldCommand,
  GetObjectLockConfigurationCommand,
  GetObjectRetentionCommand,
  GetPublicAccessBlockCommand,
  ListBucketAnalyticsConfigurationsCommand,
  ListBucketIntelligentTieringConfigurationsCommand,
  ListBucketInventoryConfigurationsCommand,
  ListBucketMetricsConfigurationsCommand,
  PutBucketAccelerateConfigurationCommand,
  PutBucketAclCommand,
  PutBucketLoggingCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketRequestPaymentCommand,
  PutBucketVersioningCommand,
  PutBucketWebsiteCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { accountId, refused, s3Server } from './s3-server.ts';

const server = s3Server();
let client: S3Client | undefined;
const s3 = (): S3Client => (client ??= server.client());
const owner = { ID: accountId.padStart(64, '0'), DisplayName: 'linnet' };
const ownersGrants = [{ Grantee: { ...owner, Type: 'CanonicalUser' }, Permission: 'FULL_CONTROL' }];
const withoutMetadata = ({ $metadata: _, ...answer }: { $metadata?: unknown }): object => answer;

test('a bucket that was never set up answers as at Amazon', async () => {
  const Bucket = await server.bucket();
  await s3().send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
  const object = { Bucket, Key: 'k' };
  const absent = { status: 404 };
  await refused(
    s3().send(new GetBucketLifecycleConfigurationCommand({ Bucket })),
    'NoSuchLifecycleConfiguration',
    absent,
  );
  await refused(s3().send(new GetBucketWebsiteCommand({ Bucket })), 'NoSuchWebsiteConfiguration', absent);
  await refused(
    s3().send(new GetBucketReplicationCommand({ Bucket })),
    'ReplicationConfigurationNotFoundError',
    absent,
  );
  await refused(s3().send(new GetBucketPolicyCommand({ Bucket })), 'NoSuchBucketPolicy', absent);
  await refused(s3().send(new GetBucketPolicyStatusCommand({ Bucket })), 'NoSuchBucketPolicy', absent);
  await refused(s3().send(new GetBucketCorsCommand({ Bucket })), 'NoSuchCORSConfiguration', absent);
  await refused(
    s3().send(new GetObjectLockConfigurationCommand({ Bucket })),
    'ObjectLockConfigurationNotFoundError',
    absent,
  );
  await refused(
    s3().send(new GetBucketAnalyticsConfigurationCommand({ Bucket, Id: 'a' })),
    'NoSuchConfiguration',
    absent,
  );
  await refused(s3().send(new GetObjectRetentionCommand(object)), 'InvalidRequest', { status: 400 });
  await refused(s3().send(new GetObjectLegalHoldCommand(object)), 'InvalidRequest', { status: 400 });
  const answers: [Promise<object>, object][] = [
    [s3().send(new GetBucketVersioningCommand({ Bucket })), {}],
    [s3().send(new GetBucketLoggingCommand({ Bucket })), {}],
    [s3().send(new GetBucketNotificationConfigurationCommand({ Bucket })), {}],
    [s3().send(new GetBucketAccelerateConfigurationCommand({ Bucket })), {}],
    [s3().send(new GetBucketRequestPaymentCommand({ Bucket })), { Payer: 'BucketOwner' }],
    [s3().send(new GetBucketAbacCommand({ Bucket })), { AbacStatus: { Status: 'Disabled' } }],
    [s3().send(new GetBucketAclCommand({ Bucket })), { Owner: owner, Grants: ownersGrants }],
    [s3().send(new GetObjectAclCommand(object)), { Owner: owner, Grants: ownersGrants }],
    [
      s3().send(new GetBucketOwnershipControlsCommand({ Bucket })),
      { OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] } },
    ],
    [
      s3().send(new GetPublicAccessBlockCommand({ Bucket })),
      {
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          IgnorePublicAcls: true,
          BlockPublicPolicy: true,
          RestrictPublicBuckets: true,
        },
      },
    ],
    [s3().send(new ListBucketAnalyticsConfigurationsCommand({ Bucket })), { IsTruncated: false }],
    [s3().send(new ListBucketInventoryConfigurationsCommand({ Bucket })), { IsTruncated: false }],
    [s3().send(new ListBucketMetricsConfigurationsCommand({ Bucket })), { IsTruncated: false }],
    [s3().send(new ListBucketIntelligentTieringConfigurationsCommand({ Bucket })), { IsTruncated: false }],
  ];
  for (const [answer, wanted] of answers) assert.deepEqual(withoutMetadata(await answer), wanted);
  // Clean-up code removes what may be there.
  for (const command of [
    new DeleteBucketCorsCommand({ Bucket }),
    new DeleteBucketLifecycleCommand({ Bucket }),
    new DeleteBucketPolicyCommand({ Bucket }),
    new DeleteBucketReplicationCommand({ Bucket }),
    new DeleteBucketWebsiteCommand({ Bucket }),
  ])
    assert.equal((await s3().send(command as DeleteBucketCorsCommand)).$metadata.httpStatusCode, 204);
  const Missing = { Bucket: 'not-there' };
  await refused(s3().send(new GetBucketLoggingCommand(Missing)), 'NoSuchBucket', absent);
  await refused(s3().send(new DeleteBucketPolicyCommand(Missing)), 'NoSuchBucket', absent);
  await refused(s3().send(new GetObjectAclCommand({ Bucket, Key: 'none' })), 'NoSuchKey', absent);
  await refused(s3().send(new GetBucketAclCommand({ Bucket: 'sagemaker-sample-files' })), 'AccessDenied');
});

test('settings that are labels are kept, read back and removed', async () => {
  const Bucket = await server.bucket();
  const block = {
    BlockPublicAcls: false,
    IgnorePublicAcls: true,
    BlockPublicPolicy: false,
    RestrictPublicBuckets: false,
  };
  const given = { BlockPublicAcls: false, IgnorePublicAcls: true };
  await s3().send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: given }));
  const readBlock = () => s3().send(new GetPublicAccessBlockCommand({ Bucket }));
  assert.deepEqual((await readBlock()).PublicAccessBlockConfiguration, block);
  await s3().send(new DeletePublicAccessBlockCommand({ Bucket }));
  await refused(readBlock(), 'NoSuchPublicAccessBlockConfiguration', { status: 404 });

  const controls = { Rules: [{ ObjectOwnership: 'BucketOwnerPreferred' as const }] };
  await s3().send(new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls: controls }));
  const readControls = () => s3().send(new GetBucketOwnershipControlsCommand({ Bucket }));
  assert.deepEqual((await readControls()).OwnershipControls, controls);
  await s3().send(new DeleteBucketOwnershipControlsCommand({ Bucket }));
  await refused(readControls(), 'OwnershipControlsNotFoundError', { status: 404 });
  await s3().send(new CreateBucketCommand({ Bucket: 'owned-by-writers', ObjectOwnership: 'ObjectWriter' }));
  assert.deepEqual(
    (await s3().send(new GetBucketOwnershipControlsCommand({ Bucket: 'owned-by-writers' }))).OwnershipControls?.Rules,
    [{ ObjectOwnership: 'ObjectWriter' }],
  );

  const Status = 'Suspended' as const;
  await s3().send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
  assert.equal((await s3().send(new GetBucketVersioningCommand({ Bucket }))).Status, Status);
  await s3().send(new PutBucketAccelerateConfigurationCommand({ Bucket, AccelerateConfiguration: { Status } }));
  assert.equal((await s3().send(new GetBucketAccelerateConfigurationCommand({ Bucket }))).Status, Status);
  const RequestPaymentConfiguration = { Payer: 'BucketOwner' as const };
  await s3().send(new PutBucketRequestPaymentCommand({ Bucket, RequestPaymentConfiguration }));
  await s3().send(new PutBucketLoggingCommand({ Bucket, BucketLoggingStatus: {} }));
  await s3().send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration: {} }));
});

test('settings that would change what Linnet does are refused by name', async () => {
  const Bucket = await server.bucket();
  const Status = 'Enabled' as const;
  const log = { LoggingEnabled: { TargetBucket: Bucket, TargetPrefix: 'x' } };
  const cases: [() => Promise<unknown>, RegExp][] = [
    [
      () =>
        s3().send(
          new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status, MFADelete: 'Enabled' } }),
        ),
      /MFADelete/,
    ],
    [
      () => s3().send(new PutBucketAccelerateConfigurationCommand({ Bucket, AccelerateConfiguration: { Status } })),
      /acceleration/,
    ],
    [
      () =>
        s3().send(new PutBucketRequestPaymentCommand({ Bucket, RequestPaymentConfiguration: { Payer: 'Requester' } })),
      /BucketOwner/,
    ],
    [() => s3().send(new PutBucketLoggingCommand({ Bucket, BucketLoggingStatus: log })), /access logs/],
    [
      () =>
        s3().send(
          new PutBucketNotificationConfigurationCommand({
            Bucket,
            NotificationConfiguration: { EventBridgeConfiguration: {} },
          }),
        ),
      /EventBridgeConfiguration/,
    ],
    [() => s3().send(new PutBucketWebsiteCommand({ Bucket, WebsiteConfiguration: {} })), /PutBucketWebsite/],
  ];
  for (const [send, text] of cases) await refused(send(), 'NotImplemented', { status: 501, text });
  assert.equal((await s3().send(new GetBucketVersioningCommand({ Bucket }))).Status, undefined);
});

test('access control lists that let in nobody else are accepted, others refused as at Amazon', async () => {
  const Bucket = await server.bucket();
  const object = { Bucket, Key: 'k' };
  await s3().send(new PutObjectCommand({ ...object, Body: 'x' }));
  const policy = { Owner: owner, Grants: ownersGrants } as PutObjectAclCommand['input']['AccessControlPolicy'];
  const both = async (given: Omit<PutBucketAclCommand['input'], 'Bucket'>): Promise<void> => {
    await s3().send(new PutBucketAclCommand({ Bucket, ...given }));
    await s3().send(new PutObjectAclCommand({ ...object, ...given }));
  };
  const own: Omit<PutBucketAclCommand['input'], 'Bucket'>[] = [
    { ACL: 'private' },
    { AccessControlPolicy: policy },
    { GrantFullControl: `id="${owner.ID}"` },
  ];
  for (const given of own) await both(given);
  await s3().send(new PutObjectAclCommand({ ...object, ACL: 'bucket-owner-full-control' }));
  const everyone = { URI: 'http://acs.amazonaws.com/groups/global/AllUsers', Type: 'Group' as const };
  const others: [Omit<PutBucketAclCommand['input'], 'Bucket'>, boolean][] = [
    [{ ACL: 'public-read' }, true],
    [{ ACL: 'authenticated-read' }, true],
    [{ GrantRead: `uri="${everyone.URI}"` }, true],
    [{ AccessControlPolicy: { Owner: owner, Grants: [{ Grantee: everyone, Permission: 'READ' }] } }, true],
    [{ GrantRead: `id="${'a'.repeat(64)}"` }, false],
  ];
  for (const [given] of others) await refused(both(given), 'AccessControlListNotSupported', { status: 400 });
  const controls = { Rules: [{ ObjectOwnership: 'ObjectWriter' as const }] };
  await s3().send(new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls: controls }));
  for (const [given, isPublic] of others) {
    if (isPublic) await refused(both(given), 'AccessDenied', { status: 403, text: /BlockPublicAcls/ });
    else await refused(both(given), 'NotImplemented', { status: 501 });
  }
  await s3().send(new DeletePublicAccessBlockCommand({ Bucket }));
  for (const [given] of others) await refused(both(given), 'NotImplemented', { status: 501 });
  await refused(s3().send(new PutObjectCommand({ ...object, ACL: 'public-read' })), 'NotImplemented');
  for (const given of own) await both(given);
});

test('settings that arrive together are all kept', async () => {
  const Bucket = await server.bucket();
  await Promise.all([
    s3().send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Suspended' } })),
    s3().send(
      new PutBucketAccelerateConfigurationCommand({ Bucket, AccelerateConfiguration: { Status: 'Suspended' } }),
    ),
    s3().send(new DeletePublicAccessBlockCommand({ Bucket })),
    s3().send(new DeleteBucketOwnershipControlsCommand({ Bucket })),
  ]);
  assert.equal((await s3().send(new GetBucketVersioningCommand({ Bucket }))).Status, 'Suspended');
  assert.equal((await s3().send(new GetBucketAccelerateConfigurationCommand({ Bucket }))).Status, 'Suspended');
  await refused(s3().send(new GetPublicAccessBlockCommand({ Bucket })), 'NoSuchPublicAccessBlockConfiguration');
  await refused(s3().send(new GetBucketOwnershipControlsCommand({ Bucket })), 'OwnershipControlsNotFoundError');
});
