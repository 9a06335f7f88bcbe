// The published AWS SDK for JavaScript against a whole server: many models of XGBoost, and many in ONNX, at one endpoint each.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { InvokeEndpointCommand } from '@aws-sdk/client-sagemaker-runtime';
import { type LinearModel, linearModelToOnnx } from '../../src/learners/index.ts';
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

/** The net of number n answers n + x. */
const net = (n: number): Buffer => {
  const model: LinearModel = {
    predictorType: 'regressor',
    loss: 'squared_loss',
    featureCount: 1,
    outputCount: 1,
    weights: Float64Array.of(1),
    bias: Float64Array.of(n),
    threshold: 0.5,
    metricsParams: {},
  };
  return Buffer.from(linearModelToOnnx(model));
};

test('XGBoost and ONNX serve many models at one endpoint, loaded and pushed out as requests ask for them', async (t) => {
  const { runtime, put, host } = await modelServer(t, 'many');
  const hostAll = (name: string, image: string, megabytes: string): Promise<void> =>
    host(name, {
      Image: `683313688378.dkr.ecr.us-east-1.amazonaws.com/${image}`,
      Mode: 'MultiModel',
      ModelDataUrl: `s3://many/${name}/`,
      Environment: { MODELS_MEMORY_MB: megabytes },
    });
  const ask = async (EndpointName: string, TargetModel: string, Body: string): Promise<string> => {
    const request = { EndpointName, TargetModel, ContentType: 'text/csv', Accept: 'application/json', Body };
    return (await runtime.send(new InvokeEndpointCommand(request))).Body.transformToString();
  };

  const trees = ['binary-logistic', 'binary-hinge', 'count-poisson'];
  for (const name of trees)
    await put(`trees/${name}.tar.gz`, { 'xgboost-model': readFileSync(new URL(`models/${name}.ubj`, fixtures)) });
  for (let n = 0; n < 5; n += 1) await put(`nets/${n}.tar.gz`, { 'model.onnx': net(n) });
  await Promise.all([hostAll('trees', 'sagemaker-xgboost:3.0-5', '0.05'), hostAll('nets', 'onnx:1', '0.003')]);

  const cells = floats(rows).slice(0, features);
  const row = cells.map((cell) => (Number.isNaN(cell) ? '' : cell)).join(',');
  for (const name of [...trees, ...trees]) {
    const { predictions } = JSON.parse(await ask('trees', `${name}.tar.gz`, row));
    assert.deepEqual([name, Math.fround(predictions[0].score)], [name, floats(models[name]!.prediction)[0]]);
  }
  for (const n of [0, 1, 2, 3, 4, 0, 2]) {
    const { predictions } = JSON.parse(await ask('nets', `${n}.tar.gz`, '0.5'));
    assert.equal(predictions[0].score, n + 0.5);
  }
});
