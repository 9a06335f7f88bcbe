// The published AWS SDK for JavaScript against a whole server: a model of `linnet train` takes raw rows by the names of their columns.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  SageMakerClient,
  waitUntilEndpointInService,
} from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { skipWithoutXgboost, testLibrary } from '../../src/algorithms/xgboost/library/library.testing.ts';
import { fileSource, openModel, predictTable, trainTable } from '../../src/modelling/index.ts';
import { readConfig, startServer } from '../../src/server/index.ts';
import { openTable } from '../../src/tables/index.ts';

const words = ['north', 'south', 'east'];
const lines = Array.from({ length: 300 }, (_, row) => {
  const [age, place] = [20 + ((row * 13) % 50), words[row % 3]!];
  const answer = age + (place === 'east' ? 15 : 0) + ((row * 7) % 11) > 50 ? 'yes' : 'no';
  return [row % 19 === 0 ? '' : String(age), place, `2024-0${1 + (row % 9)}-11`, answer];
});
const names = ['age', 'place', 'seen', 'answer'];

for (const algorithm of ['linear-learner', 'xgboost'] as const) {
  const skip = algorithm === 'xgboost' ? skipWithoutXgboost : {};
  test(`An endpoint answers raw rows as linnet predict does, with ${algorithm}`, skip, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'linnet-sdk-'));
    const server = await startServer(readConfig({ dataDir: join(folder, 'data'), port: '0', logLevel: 'silent' }, {}));
    t.after(async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    });
    const file = join(folder, 'rows.csv');
    writeFileSync(file, `${[names, ...lines].map((line) => line.join(',')).join('\n')}\n`);
    const table = await openTable(fileSource(file));
    const { archive } = await trainTable(
      table,
      { label: 'answer', algorithm, seed: 0, library: testLibrary, folder, environment: process.env, nowMs: () => 0 },
      { decided: () => undefined, progress: () => undefined, compared: () => undefined },
    );
    const modelFile = join(folder, 'model.tar.gz');
    writeFileSync(modelFile, archive);
    const model = await openModel(modelFile);
    const expected: number[] = [];
    for await (const { rows } of predictTable(model, table, { explain: false }).blocks)
      expected.push(...rows.map(({ probability }) => probability!));

    const options = {
      endpoint: server.address,
      region: server.region,
      credentials: server.credentials,
      maxAttempts: 1,
    };
    const [s3, sagemaker] = [new S3Client(options), new SageMakerClient(options)];
    await s3.send(new CreateBucketCommand({ Bucket: 'raw' }));
    await s3.send(new PutObjectCommand({ Bucket: 'raw', Key: 'model.tar.gz', Body: readFileSync(modelFile) }));
    const image =
      algorithm === 'xgboost'
        ? '683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1'
        : '382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1';
    const container = { Image: image, ModelDataUrl: 's3://raw/model.tar.gz' };
    await sagemaker.send(
      new CreateModelCommand({
        ModelName: 'raw',
        ExecutionRoleArn: 'arn:aws:iam::123456789012:role/Role',
        PrimaryContainer: container,
      }),
    );
    const variant = {
      VariantName: 'all',
      ModelName: 'raw',
      InstanceType: 'ml.m5.large',
      InitialInstanceCount: 1,
    } as const;
    await sagemaker.send(new CreateEndpointConfigCommand({ EndpointConfigName: 'raw', ProductionVariants: [variant] }));
    await sagemaker.send(new CreateEndpointCommand({ EndpointName: 'raw', EndpointConfigName: 'raw' }));
    await waitUntilEndpointInService(
      { client: sagemaker, maxWaitTime: 60, minDelay: 1, maxDelay: 1 },
      { EndpointName: 'raw' },
    );
    const runtime = new SageMakerRuntimeClient(options);
    const ask = async (type: string, body: string): Promise<number[]> => {
      const request = { EndpointName: 'raw', ContentType: type, Accept: 'application/json', Body: body };
      const { Body } = await runtime.send(new InvokeEndpointCommand(request));
      return JSON.parse(Body.transformToString()).predictions.map(({ score }: { score: number }) => score);
    };
    const turned = [names, ...lines].map((line) => [...line].reverse().join(',')).join('\n');
    assert.deepEqual(await ask('text/csv', turned), expected);
    const objects = lines.map((line) => Object.fromEntries(names.map((name, at) => [name, line[at] || null])));
    assert.deepEqual(await ask('application/json', JSON.stringify({ instances: objects })), expected);
    assert.deepEqual(
      await ask('application/jsonlines', objects.map((each) => JSON.stringify(each)).join('\n')),
      expected,
    );
    assert.deepEqual(await ask('application/json', JSON.stringify(objects[1])), expected.slice(1, 2));
    const plain = new Array(model.featureCount).fill(0).join(',');
    assert.equal((await ask('text/csv', `${plain}\n${plain}`)).length, 2);
    await assert.rejects(ask('text/csv', 'age,place\n30,north\n'), /The rows lack the column \\?"seen\\?"/);
  });
}
