/** Names of Amazon's services by what requests are signed for, where programs beside SageMaker are likely to call them. */
const names: Readonly<Record<string, string>> = {
  'application-autoscaling': 'Application Auto Scaling',
  athena: 'Amazon Athena',
  autoscaling: 'Amazon EC2 Auto Scaling',
  batch: 'AWS Batch',
  bedrock: 'Amazon Bedrock',
  cloudformation: 'AWS CloudFormation',
  codecommit: 'AWS CodeCommit',
  dynamodb: 'Amazon DynamoDB',
  ec2: 'Amazon EC2',
  ecr: 'Amazon ECR',
  ecs: 'Amazon ECS',
  elasticfilesystem: 'Amazon EFS',
  elasticmapreduce: 'Amazon EMR',
  events: 'Amazon EventBridge',
  firehose: 'Amazon Data Firehose',
  fsx: 'Amazon FSx',
  glue: 'AWS Glue',
  kinesis: 'Amazon Kinesis',
  kms: 'AWS KMS',
  lambda: 'AWS Lambda',
  rds: 'Amazon RDS',
  redshift: 'Amazon Redshift',
  secretsmanager: 'AWS Secrets Manager',
  servicequotas: 'Service Quotas',
  sns: 'Amazon SNS',
  sqs: 'Amazon SQS',
  ssm: 'AWS Systems Manager',
  states: 'AWS Step Functions',
  tagging: 'AWS Resource Groups Tagging',
  xray: 'AWS X-Ray',
};

/** `AWS Lambda (lambda)`; a name that is not in the list stays as it is. */
export function serviceTitle(signedFor: string): string {
  const name = names[signedFor];
  return name === undefined ? signedFor : `${name} (${signedFor})`;
}
