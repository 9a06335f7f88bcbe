import type { ManagedSource } from './managed-policy.ts';

// Linnet's roles as managed policies. Each says all that it needs; a user may have several.

const allow = (Action: readonly string[], more: object = {}): object => ({
  Effect: 'Allow',
  Action,
  Resource: '*',
  ...more,
});

/** Everybody may find out who they are and see to their own keys. */
const ownKeys = allow(
  ['iam:GetUser', 'iam:ListAccessKeys', 'iam:CreateAccessKey', 'iam:UpdateAccessKey', 'iam:DeleteAccessKey'],
  {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the evaluation fills it in
    Resource: 'arn:aws:iam::*:user/${aws:username}',
  },
);

const looks = [
  'sagemaker:Describe*',
  'sagemaker:List*',
  'sagemaker:Search',
  'sagemaker:GetSearchSuggestions',
  'sagemaker:QueryLineage',
  'sagemaker:BatchDescribeModelPackage',
  'sagemaker:BatchGetMetrics',
];
const logs = ['logs:Describe*', 'logs:Get*', 'logs:FilterLogEvents'];
const metrics = ['cloudwatch:Get*', 'cloudwatch:List*', 'cloudwatch:Describe*'];
const reads = ['s3:Get*', 's3:List*'];
const roleReads = [
  'iam:GetRole',
  'iam:ListRoles',
  'iam:ListAttachedRolePolicies',
  'iam:ListRolePolicies',
  'iam:GetRolePolicy',
];
const pass = allow(['iam:PassRole'], {
  Condition: { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } },
});

export const linnetPolicies: readonly ManagedSource[] = [
  {
    name: 'LinnetAdmin',
    description: 'Everything',
    statements: [allow(['*'])],
  },
  {
    name: 'LinnetDataSteward',
    description: 'Buckets and objects with all their settings; sees jobs and their logs, and runs none',
    statements: [allow(['s3:*']), allow([...looks, ...logs, ...metrics]), ownKeys],
  },
  {
    name: 'LinnetTrainer',
    description: 'Runs jobs and pipelines, keeps experiments and models; hosts nothing',
    statements: [
      allow([
        ...looks,
        ...['TrainingJob', 'HyperParameterTuningJob', 'ProcessingJob', 'TransformJob'].map(
          (kind) => `sagemaker:*${kind}*`,
        ),
        ...['Pipeline', 'Experiment', 'Trial', 'Artifact', 'Context', 'Action', 'Association'].map(
          (kind) => `sagemaker:*${kind}*`,
        ),
        'sagemaker:CreateModel*',
        'sagemaker:DeleteModel',
        'sagemaker:UpdateModelCard',
        'sagemaker:AddTags',
        'sagemaker:DeleteTags',
        'sagemaker:BatchPutMetrics',
        's3:CreateBucket',
        ...reads,
        's3:PutObject*',
        's3:DeleteObject',
        's3:AbortMultipartUpload',
        ...logs,
        ...metrics,
        ...roleReads,
      ]),
      pass,
      ownKeys,
    ],
  },
  {
    name: 'LinnetDeployer',
    description: 'Approves models and hosts them on endpoints',
    statements: [
      allow([
        ...looks,
        'sagemaker:*Endpoint*',
        'sagemaker:*InferenceComponent*',
        'sagemaker:CreateModel',
        'sagemaker:DeleteModel',
        'sagemaker:*ModelPackage*',
        'sagemaker:*ModelCard*',
        'sagemaker:AddTags',
        'sagemaker:DeleteTags',
        'cloudwatch:*Alarm*',
        ...reads,
        ...logs,
        ...metrics,
        ...roleReads,
      ]),
      pass,
      ownKeys,
    ],
  },
  {
    name: 'LinnetInvoker',
    description: 'Asks endpoints for predictions, and nothing else',
    statements: [allow(['sagemaker:InvokeEndpoint*']), ownKeys],
  },
  {
    name: 'LinnetAuditor',
    description: 'Sees everything but the content of objects, and changes nothing',
    statements: [
      allow([
        ...looks,
        ...logs,
        ...metrics,
        'iam:Get*',
        'iam:List*',
        'iam:Simulate*',
        's3:GetBucket*',
        's3:Get*Configuration',
        's3:GetObjectAttributes',
        's3:GetObjectTagging',
        's3:List*',
      ]),
      ownKeys,
    ],
  },
];
