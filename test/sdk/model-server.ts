// A whole server and the published AWS SDK for JavaScript, for tests that host models.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  type ContainerDefinition,
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  SageMakerClient,
  waitUntilEndpointInService,
} from '@aws-sdk/client-sagemaker';
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { readConfig, startServer } from '../../src/server/index.ts';
import { archiveOf } from '../../src/services/testing/archive.ts';

export const ExecutionRoleArn = 'arn:aws:iam::123456789012:role/Role';

/** Starts a server with an empty bucket; it ends with the test. */
export async function modelServer(t: TestContext, Bucket: string) {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-sdk-'));
  const server = await startServer(readConfig({ dataDir: folder, port: '0', logLevel: 'silent' }, {}));
  t.after(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });
  const options = { endpoint: server.address, region: server.region, credentials: server.credentials, maxAttempts: 1 };
  const [s3, sagemaker] = [new S3Client(options), new SageMakerClient(options)];
  const runtime = new SageMakerRuntimeClient(options);
  await s3.send(new CreateBucketCommand({ Bucket }));

  /** Puts a .tar.gz of these files, or its bytes, below a key. */
  const put = async (Key: string, files: Record<string, Buffer> | Buffer): Promise<void> => {
    const Body = Buffer.isBuffer(files) ? files : await archiveOf(files);
    await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
  };
  const createModel = (ModelName: string, PrimaryContainer: ContainerDefinition) =>
    sagemaker.send(new CreateModelCommand({ ModelName, ExecutionRoleArn, PrimaryContainer }));
  /** Makes a model, and an endpoint of the same name that serves it on one instance. */
  const host = async (name: string, container: ContainerDefinition): Promise<void> => {
    await createModel(name, container);
    const variant = {
      VariantName: 'all',
      ModelName: name,
      InstanceType: 'ml.m5.large',
      InitialInstanceCount: 1,
    } as const;
    await sagemaker.send(new CreateEndpointConfigCommand({ EndpointConfigName: name, ProductionVariants: [variant] }));
    await sagemaker.send(new CreateEndpointCommand({ EndpointName: name, EndpointConfigName: name }));
    await waitUntilEndpointInService(
      { client: sagemaker, maxWaitTime: 60, minDelay: 1, maxDelay: 1 },
      { EndpointName: name },
    );
  };
  return { folder, sagemaker, runtime, put, createModel, host };
}
