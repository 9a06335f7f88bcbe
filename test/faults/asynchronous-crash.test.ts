// A server that is killed while asynchronous requests wait and run, through the published AWS SDK.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  waitUntilEndpointInService,
} from '@aws-sdk/client-sagemaker';
import { InvokeEndpointAsyncCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { crashFolders, crashTest } from './crash-folders.ts';

async function answerAt(s3: S3Client, location: string): Promise<string | undefined> {
  const [, Bucket = '', Key = ''] = /^s3:\/\/([^/]+)\/(.*)$/.exec(location) ?? [];
  for (;;) {
    try {
      return await (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();
    } catch (thrown) {
      if ((thrown as Error).name !== 'NoSuchKey') throw thrown;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

test('Every acknowledged asynchronous request is answered after the server was killed', crashTest, async (t) => {
  const { notes, addImage, restart } = crashFolders(t);
  // Echoes bodies. The first program to run answers the first request alone, and says so when it has got the second.
  const begun = join(notes, 'begun');
  const held = join(notes, 'held');
  const program = `#!${process.execPath}
const { existsSync, writeFileSync } = require('node:fs');
const isFirst = !existsSync(${JSON.stringify(begun)});
writeFileSync(${JSON.stringify(begun)}, '');
require('node:http').createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => (body += chunk)).on('end', () => {
    if (isFirst && body.startsWith('request') && body !== 'request 0') writeFileSync(${JSON.stringify(held)}, '');
    else response.end(body);
  });
}).listen(Number(process.env.SAGEMAKER_BIND_TO_PORT ?? 8080), '127.0.0.1');
`;
  await addImage('echo', 'serve', program);
  const { s3, sagemaker, address, region, credentials } = await restart();
  await s3.send(new CreateBucketCommand({ Bucket: 'desk' }));
  await sagemaker.send(new CreateModelCommand({ ModelName: 'echo', PrimaryContainer: { Image: 'echo:latest' } }));
  await sagemaker.send(
    new CreateEndpointConfigCommand({
      EndpointConfigName: 'later',
      ProductionVariants: [
        { VariantName: 'All', ModelName: 'echo', InitialInstanceCount: 1, InstanceType: 'ml.m5.large' },
      ],
      AsyncInferenceConfig: {
        ClientConfig: { MaxConcurrentInvocationsPerInstance: 1 },
        OutputConfig: { S3OutputPath: 's3://desk/out', S3FailurePath: 's3://desk/failed' },
      },
    }),
  );
  await sagemaker.send(new CreateEndpointCommand({ EndpointName: 'later', EndpointConfigName: 'later' }));
  await waitUntilEndpointInService({ client: sagemaker, maxWaitTime: 60 }, { EndpointName: 'later' });
  const runtime = new SageMakerRuntimeClient({ endpoint: address, region, credentials });
  const locations: string[] = [];
  for (let number = 0; number < 4; number += 1) {
    await s3.send(new PutObjectCommand({ Bucket: 'desk', Key: `in/${number}`, Body: `request ${number}` }));
    const accepted = await runtime.send(
      new InvokeEndpointAsyncCommand({ EndpointName: 'later', InputLocation: `s3://desk/in/${number}` }),
    );
    locations.push(accepted.OutputLocation ?? '');
  }
  while (!existsSync(held)) await new Promise((resolve) => setTimeout(resolve, 20));
  const again = await restart();
  for (const [number, location] of locations.entries())
    assert.equal(await answerAt(again.s3, location), `request ${number}`);
});
