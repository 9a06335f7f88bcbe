// Trains and asks an endpoint with the AWS SDK for JavaScript; nothing here knows Linnet.
//   npm install @aws-sdk/client-s3 @aws-sdk/client-sagemaker @aws-sdk/client-sagemaker-runtime
//   linnet run -- node train.mjs
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  CreateTrainingJobCommand,
  DeleteEndpointCommand,
  DescribeTrainingJobCommand,
  SageMakerClient,
  waitUntilEndpointInService,
  waitUntilTrainingJobCompletedOrStopped,
} from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';

const s3 = new S3Client({ forcePathStyle: true });
const sagemaker = new SageMakerClient();
const runtime = new SageMakerRuntimeClient();
const Bucket = `houses-${Date.now()}`;
const name = `houses-${Date.now()}`;
const RoleArn = 'arn:aws:iam::000000000000:role/service-role/LinnetExecutionRole';
const image = '382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1';
const waiting = { client: sagemaker, maxWaitTime: 600, minDelay: 1, maxDelay: 2 };

// The price of a house, then its area and rooms.
const rows = Array.from({ length: 200 }, (_, at) => [40 + ((at * 37) % 120), 1 + ((at * 7) % 6)]);
const csv = rows.map(([area, rooms]) => `${20 + 2 * area + 9 * rooms},${area},${rooms}`).join('\n');
await s3.send(new CreateBucketCommand({ Bucket }));
await s3.send(new PutObjectCommand({ Bucket, Key: 'train/houses.csv', Body: csv }));

await sagemaker.send(
  new CreateTrainingJobCommand({
    TrainingJobName: name,
    RoleArn,
    AlgorithmSpecification: { TrainingImage: image, TrainingInputMode: 'File' },
    HyperParameters: { predictor_type: 'regressor' },
    InputDataConfig: [
      {
        ChannelName: 'train',
        ContentType: 'text/csv',
        DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: `s3://${Bucket}/train` } },
      },
    ],
    OutputDataConfig: { S3OutputPath: `s3://${Bucket}/output` },
    ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 },
    StoppingCondition: { MaxRuntimeInSeconds: 600 },
  }),
);
await waitUntilTrainingJobCompletedOrStopped(waiting, { TrainingJobName: name });
const job = await sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: name }));
if (job.TrainingJobStatus !== 'Completed') throw new Error(job.FailureReason);
console.log(`Trained: ${job.ModelArtifacts.S3ModelArtifacts}`);

const { S3ModelArtifacts: ModelDataUrl } = job.ModelArtifacts;
await sagemaker.send(
  new CreateModelCommand({ ModelName: name, ExecutionRoleArn: RoleArn, PrimaryContainer: { Image: image, ModelDataUrl } }),
);
await sagemaker.send(
  new CreateEndpointConfigCommand({
    EndpointConfigName: name,
    ProductionVariants: [
      { VariantName: 'AllTraffic', ModelName: name, InstanceType: 'ml.m5.large', InitialInstanceCount: 1 },
    ],
  }),
);
await sagemaker.send(new CreateEndpointCommand({ EndpointName: name, EndpointConfigName: name }));
await waitUntilEndpointInService(waiting, { EndpointName: name });

const answer = await runtime.send(new InvokeEndpointCommand({ EndpointName: name, ContentType: 'text/csv', Body: '100,3' }));
const [{ score }] = JSON.parse(answer.Body.transformToString()).predictions;
console.log(`A house of 100 square metres and 3 rooms: ${score.toFixed(1)}`);
await sagemaker.send(new DeleteEndpointCommand({ EndpointName: name }));
