import type { ManagedSource } from './managed-policy.ts';

// Managed policies of Amazon, as far as they speak of services that Linnet has (docs.aws.amazon.com/aws-managed-policy).

const allow = (Action: string | readonly string[], more: object = {}): object => ({
  Effect: 'Allow',
  Action,
  Resource: '*',
  ...more,
});

const notIam = { Effect: 'Allow', NotAction: ['iam:*', 'organizations:*', 'account:*'], Resource: '*' };
const sagemakerNamed = ['SageMaker', 'Sagemaker', 'sagemaker', 'aws-glue'].map((name) => `arn:aws:s3:::*${name}*`);
const logsOfSagemaker = [
  'logs:CreateLogDelivery',
  'logs:CreateLogGroup',
  'logs:CreateLogStream',
  'logs:Describe*',
  'logs:GetLogDelivery',
  'logs:GetLogEvents',
  'logs:PutLogEvents',
  'logs:FilterLogEvents',
];

export const amazonPolicies: readonly ManagedSource[] = [
  { name: 'AdministratorAccess', description: 'Everything', statements: [allow('*')] },
  {
    name: 'PowerUserAccess',
    description: 'Everything but users, roles and policies',
    statements: [notIam, allow(['iam:ListRoles'])],
  },
  {
    name: 'ReadOnlyAccess',
    description: 'Sees everything and changes nothing',
    statements: [
      allow([
        'cloudwatch:Describe*',
        'cloudwatch:Get*',
        'cloudwatch:List*',
        'iam:Get*',
        'iam:List*',
        'iam:Simulate*',
        'logs:Describe*',
        'logs:FilterLogEvents',
        'logs:Get*',
        's3:Get*',
        's3:List*',
        'sagemaker:BatchDescribeModelPackage',
        'sagemaker:BatchGetMetrics',
        'sagemaker:Describe*',
        'sagemaker:GetSearchSuggestions',
        'sagemaker:List*',
        'sagemaker:QueryLineage',
        'sagemaker:Search',
        'sts:GetAccessKeyInfo',
        'sts:GetCallerIdentity',
        'sts:GetSessionToken',
      ]),
    ],
  },
  {
    name: 'AmazonSageMakerFullAccess',
    description: 'SageMaker, and of S3 what has sagemaker in its name',
    statements: [
      allow('sagemaker:*'),
      allow([
        'cloudwatch:DeleteAlarms',
        'cloudwatch:DescribeAlarms',
        'cloudwatch:GetMetricData',
        'cloudwatch:GetMetricStatistics',
        'cloudwatch:ListMetrics',
        'cloudwatch:PutMetricAlarm',
        'cloudwatch:PutMetricData',
        'iam:ListRoles',
        ...logsOfSagemaker,
      ]),
      allow(['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'], {
        Resource: sagemakerNamed,
      }),
      allow('s3:GetObject', {
        Condition: { StringEqualsIgnoreCase: { 's3:ExistingObjectTag/SageMaker': 'true' } },
      }),
      allow([
        's3:CreateBucket',
        's3:GetBucketLocation',
        's3:ListBucket',
        's3:ListAllMyBuckets',
        's3:GetBucketCors',
        's3:PutBucketCors',
      ]),
      allow(['s3:GetBucketAcl', 's3:PutObjectAcl'], { Resource: sagemakerNamed }),
      allow('iam:PassRole', {
        Resource: 'arn:aws:iam::*:role/*',
        Condition: { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } },
      }),
      allow('iam:GetRole'),
    ],
  },
  {
    name: 'AmazonSageMakerReadOnly',
    description: 'Sees what SageMaker has',
    statements: [
      allow([
        'sagemaker:Describe*',
        'sagemaker:List*',
        'sagemaker:BatchGetMetrics',
        'sagemaker:GetSearchSuggestions',
        'sagemaker:Search',
        'sagemaker:QueryLineage',
        'cloudwatch:DescribeAlarms',
        'cloudwatch:GetMetricData',
        'cloudwatch:GetMetricStatistics',
        'cloudwatch:ListMetrics',
        ...['logs:DescribeLogGroups', 'logs:DescribeLogStreams', 'logs:GetLogEvents', 'logs:FilterLogEvents'],
      ]),
    ],
  },
  { name: 'AmazonS3FullAccess', description: 'Everything in S3', statements: [allow('s3:*')] },
  {
    name: 'AmazonS3ReadOnlyAccess',
    description: 'Reads everything in S3',
    statements: [allow(['s3:Get*', 's3:List*', 's3:Describe*'])],
  },
  { name: 'IAMFullAccess', description: 'Users, roles and policies', statements: [allow('iam:*')] },
  {
    name: 'IAMReadOnlyAccess',
    description: 'Sees users, roles and policies',
    statements: [allow(['iam:Get*', 'iam:List*', 'iam:Simulate*'])],
  },
  { name: 'IAMUserChangePassword', description: 'Linnet has no passwords', statements: [allow('iam:ChangePassword')] },
  { name: 'CloudWatchFullAccess', description: 'Metrics and logs', statements: [allow(['cloudwatch:*', 'logs:*'])] },
  { name: 'CloudWatchFullAccessV2', description: 'Metrics and logs', statements: [allow(['cloudwatch:*', 'logs:*'])] },
  {
    name: 'CloudWatchReadOnlyAccess',
    description: 'Reads metrics and logs',
    statements: [
      allow([
        'cloudwatch:Describe*',
        'cloudwatch:Get*',
        'cloudwatch:List*',
        'logs:Get*',
        'logs:Describe*',
        'logs:FilterLogEvents',
      ]),
    ],
  },
  { name: 'CloudWatchLogsFullAccess', description: 'Everything in logs', statements: [allow('logs:*')] },
  {
    name: 'CloudWatchLogsReadOnlyAccess',
    description: 'Reads logs',
    statements: [allow(['logs:Describe*', 'logs:Get*', 'logs:List*', 'logs:FilterLogEvents'])],
  },
];
