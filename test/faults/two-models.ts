// An endpoint that is updated between two models of XGBoost, and requests to it at a steady rate.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  DescribeEndpointCommand,
  type DescribeEndpointCommandOutput,
} from '@aws-sdk/client-sagemaker';
import { AwsClient } from 'aws4fetch';
import { pack } from 'tar-stream';
import type { Server as StartedServer } from './linnet-up.ts';

type Server = Omit<StartedServer, 'child'>;

const fixtures = new URL('../../../test/fixtures/xgboost/', import.meta.url);
const files = { one: 'reg-squarederror', two: 'reg-pseudohubererror' };
export const endpointName = 'scores';

const expected = JSON.parse(readFileSync(new URL('expected.json', fixtures), 'utf8')) as {
  rows: string;
  features: number;
  models: Record<string, { prediction: string }>;
};
const floatsOf = (text: string): Float32Array => new Float32Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer);
const row = [...floatsOf(expected.rows).slice(0, expected.features)]
  .map((cell) => (Number.isNaN(cell) ? '' : cell))
  .join(',');

/** The answer of each version of a model, by the header that names it. */
export type Versions = Map<string, string>;

/** Two models, a configuration for each by the same name, and an endpoint in service with the first. */
export async function twoModels({ s3, sagemaker }: Server, instances = 1): Promise<Versions> {
  const versions: Versions = new Map();
  await s3.send(new CreateBucketCommand({ Bucket: 'trees' }));
  for (const [name, file] of Object.entries(files)) {
    const tar = pack();
    tar.entry({ name: 'xgboost-model' }, readFileSync(new URL(`models/${file}.ubj`, fixtures)));
    tar.finalize();
    const chunks: Buffer[] = [];
    for await (const chunk of tar) chunks.push(chunk as Buffer);
    const archive = gzipSync(Buffer.concat(chunks));
    await s3.send(new PutObjectCommand({ Bucket: 'trees', Key: `${name}.tar.gz`, Body: archive }));
    const [score] = floatsOf(expected.models[file]!.prediction);
    versions.set(`${name};${createHash('sha256').update(archive).digest('hex')}`, String(score));
    const Image = '683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5';
    const PrimaryContainer = { Image, ModelDataUrl: `s3://trees/${name}.tar.gz` };
    await sagemaker.send(new CreateModelCommand({ ModelName: name, PrimaryContainer }));
    const variant = {
      VariantName: 'all',
      ModelName: name,
      InstanceType: 'ml.m5.large',
      InitialInstanceCount: instances,
    } as const;
    await sagemaker.send(new CreateEndpointConfigCommand({ EndpointConfigName: name, ProductionVariants: [variant] }));
  }
  await sagemaker.send(new CreateEndpointCommand({ EndpointName: endpointName, EndpointConfigName: 'one' }));
  return versions;
}

/** Waits until the endpoint is in service, and returns what Describe says then. */
export async function inService({ sagemaker }: Server): Promise<DescribeEndpointCommandOutput> {
  for (;;) {
    const endpoint = await sagemaker.send(new DescribeEndpointCommand({ EndpointName: endpointName }));
    if (endpoint.EndpointStatus === 'InService') return endpoint;
    assert.notEqual(endpoint.EndpointStatus, 'Failed', endpoint.FailureReason);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** One invocation: the version that its header names, and its answer. */
export async function ask({ address, region, credentials }: Server): Promise<{ version: string; answer: string }> {
  const aws = new AwsClient({ ...credentials, service: 'sagemaker', region, retries: 0 });
  const response = await aws.fetch(`${address}/endpoints/${endpointName}/invocations`, {
    method: 'POST',
    body: row,
    headers: { 'content-type': 'text/csv' },
  });
  const answer = (await response.text()).trim();
  assert.equal(response.status, 200, answer);
  return { version: response.headers.get('x-linnet-model') ?? '', answer };
}

/** The most requests under way: a machine that cannot hold the rate is asked less often, so that it ends its other work too. */
const pendingMax = 16;

/** Sends requests at a rate until it is stopped; each answer must be that of the version that its header names. */
export function askSteadily(server: Server, versions: Versions, perSecond: number) {
  const counts = new Map<string, number>();
  const failures: string[] = [];
  const pending = new Set<Promise<void>>();
  const startedMs = performance.now();
  let [sent, skipped] = [0, 0];
  const send = (): void => {
    sent += 1;
    const one = ask(server)
      .then(({ version, answer }) => {
        counts.set(version, (counts.get(version) ?? 0) + 1);
        if (versions.get(version) !== answer) failures.push(`${version} answered ${answer}`);
      })
      .catch((thrown: Error) => void failures.push(thrown.message))
      .finally(() => pending.delete(one));
    pending.add(one);
  };
  const timer = setInterval(() => {
    while (sent + skipped < ((performance.now() - startedMs) / 1000) * perSecond) {
      if (pending.size < pendingMax) send();
      else skipped += 1;
    }
  }, 5);
  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(pending);
      return { sent, counts, failures, seconds: (performance.now() - startedMs) / 1000 };
    },
  };
}
