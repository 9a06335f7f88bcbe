// The published AWS SDK for JavaScript against a whole server: models of XGBoost, hosted without its library.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { InvokeEndpointCommand } from '@aws-sdk/client-sagemaker-runtime';
import { modelServer } from './model-server.ts';

const fixtures = new URL('../../../test/fixtures/xgboost/', import.meta.url);
const { rows, features, models } = JSON.parse(readFileSync(new URL('expected.json', fixtures), 'utf8')) as {
  rows: string;
  features: number;
  models: Record<string, { prediction: string }>;
};

function floats(text: string): number[] {
  const bytes = Buffer.from(text, 'base64');
  return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
}

test('Endpoints answer as their image does, with the scores of the library', async (t) => {
  const server = await modelServer(t, 'trees');
  const host = async (name: string, image: string, file: string, Environment: Record<string, string> = {}) => {
    const key = `${name}/model.tar.gz`;
    await server.put(key, { 'xgboost-model': readFileSync(new URL(`models/${file}`, fixtures)) });
    await server.host(name, {
      Image: `683313688378.dkr.ecr.us-east-1.amazonaws.com/${image}`,
      ModelDataUrl: `s3://trees/${key}`,
      Environment,
    });
    return name;
  };
  const cells = floats(rows);
  const csv = Array.from({ length: 3 }, (_, i) =>
    cells
      .slice(i * features, (i + 1) * features)
      .map((cell) => (Number.isNaN(cell) ? '' : cell))
      .join(','),
  ).join('\n');
  const ask = async (name: string, body: string) => {
    const answer = await server.runtime.send(
      new InvokeEndpointCommand({ EndpointName: name, ContentType: 'text/csv', Body: body }),
    );
    return Buffer.from(answer.Body!).toString();
  };
  const scores = floats(models['binary-logistic']!.prediction).slice(0, 3).map(String);
  const newest = await host('newest', 'sagemaker-xgboost:3.0-5', 'binary-logistic.ubj');
  assert.equal(await ask(newest, csv), scores.map((score) => `${score}\n`).join(''));
  const old = await host('old', 'sagemaker-xgboost:1.2-2-cpu-py3', 'binary-logistic.pickle-3', {
    LINNET_IMAGE: 'sagemaker-xgboost:3.0-5',
  });
  assert.equal(await ask(old, csv), scores.join(','));
  await assert.rejects(ask(newest, '1,2'), (error: { OriginalStatusCode?: number; OriginalMessage?: string }) => {
    assert.equal(error.OriginalStatusCode, 400);
    assert.match(error.OriginalMessage!, /not consistent with feature size of trained model 6/);
    return true;
  });
});
