// What no sensible client sends: the answer is an error of that service which its client can read, and never one of the server.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeLogStreamsCommand, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { GetRoleCommand, ListUsersCommand } from '@aws-sdk/client-iam';
import { CreateBucketCommand, DeleteBucketCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { CreateModelCommand, ListTagsCommand, QueryLineageCommand, SearchCommand } from '@aws-sdk/client-sagemaker';
import { admin, newBucket } from './identity-place.ts';

test('A NUL in a text is the fault of the caller in every service', async () => {
  const text = 'a\0b';
  const group = '/aws/sagemaker/TrainingJobs';
  const filter = { Name: 'TrainingJobName', Operator: 'Equals', Value: text } as const;
  const sent: Record<string, () => Promise<unknown>> = {
    Search: () =>
      admin.sagemaker.send(new SearchCommand({ Resource: 'TrainingJob', SearchExpression: { Filters: [filter] } })),
    ListTags: () =>
      admin.sagemaker.send(new ListTagsCommand({ ResourceArn: `arn:aws:sagemaker:us-east-1:1:training-job/${text}` })),
    QueryLineage: () =>
      admin.sagemaker.send(new QueryLineageCommand({ StartArns: [`arn:aws:sagemaker:us-east-1:1:artifact/${text}`] })),
    CreateModel: () =>
      admin.sagemaker.send(
        new CreateModelCommand({ ModelName: 'm', PrimaryContainer: { Image: 'i', Environment: { A: text } } }),
      ),
    DescribeLogStreams: () =>
      admin.logs.send(new DescribeLogStreamsCommand({ logGroupName: group, logStreamNamePrefix: text })),
    FilterLogEvents: () => admin.logs.send(new FilterLogEventsCommand({ logGroupName: group, logStreamNames: [text] })),
    DescribeAlarms: () => admin.cloudwatch.send(new DescribeAlarmsCommand({ AlarmNamePrefix: text })),
    GetRole: () => admin.iam.send(new GetRoleCommand({ RoleName: text })),
    ListUsers: () => admin.iam.send(new ListUsersCommand({ PathPrefix: `/${text}` })),
  };
  for (const [name, send] of Object.entries(sent)) {
    await assert.rejects(
      send,
      (thrown: Error & { $metadata?: { httpStatusCode?: number } }) => {
        assert.match(thrown.message, /NUL|regular expression/, name);
        assert.equal(thrown.$metadata?.httpStatusCode, 400, name);
        return true;
      },
      name,
    );
  }
  const Bucket = await newBucket();
  const { Prefix } = await admin.s3.send(new ListMultipartUploadsCommand({ Bucket, Prefix: text }));
  assert.equal(Prefix, 'a\ufffdb');
});

test('A bucket that is made and removed by many at once is never called full', async () => {
  const Bucket = 'hurried';
  const sent = Array.from({ length: 60 }, (_, index) =>
    index % 2 === 0
      ? admin.s3.send(new CreateBucketCommand({ Bucket }))
      : admin.s3.send(new DeleteBucketCommand({ Bucket })),
  );
  for (const outcome of await Promise.allSettled(sent))
    if (outcome.status === 'rejected')
      assert.match((outcome.reason as Error).name, /^(NoSuchBucket|OperationAborted|BucketAlreadyOwnedByYou)$/);
});
