// The published AWS SDK for JavaScript against a whole server: models in ONNX, and those that Linnet's own models export to.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CreateTrainingJobCommand } from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand } from '@aws-sdk/client-sagemaker-runtime';
import { encodeOnnx } from '../../src/formats/index.ts';
import {
  boostedModelToOnnx,
  type LinearModel,
  linearModelToOnnx,
  readBoostedModel,
  writeModelFile,
} from '../../src/learners/index.ts';
import { archiveOf } from '../../src/services/testing/archive.ts';
import { ExecutionRoleArn, modelServer } from './model-server.ts';

const fixture = (name: string): Buffer => readFileSync(new URL(`../../../test/fixtures/${name}`, import.meta.url));

const linear: LinearModel = {
  predictorType: 'binary_classifier',
  loss: 'logistic',
  featureCount: 3,
  outputCount: 1,
  weights: Float64Array.of(0.5, -1.25, 2),
  bias: Float64Array.of(-0.25),
  threshold: 0.5,
  metricsParams: {},
};

test('Exported models score in ONNX as they do themselves, and others are hosted or refused by name', async (t) => {
  const server = await modelServer(t, 'nets');
  const modelIn = async (name: string, Image: string, files: Record<string, Buffer> | Buffer) => {
    const key = `${name}/model.tar.gz`;
    await server.put(key, files);
    return { Image, ModelDataUrl: `s3://nets/${key}` };
  };
  const createModel = async (name: string, image: string, files: Record<string, Buffer> | Buffer) =>
    server.createModel(name, await modelIn(name, image, files));
  const host = async (name: string, image: string, file: string, bytes: Uint8Array): Promise<void> =>
    server.host(name, await modelIn(name, image, { [file]: Buffer.from(bytes) }));
  const ask = async (name: string, body: string): Promise<{ score: number; predicted_label?: number }[]> => {
    const answer = await server.runtime.send(
      new InvokeEndpointCommand({
        EndpointName: name,
        ContentType: 'text/csv',
        Accept: 'application/json',
        Body: body,
      }),
    );
    return JSON.parse(Buffer.from(answer.Body!).toString()).predictions;
  };
  const trees = fixture('xgboost/models/binary-logistic.ubj');
  await Promise.all([
    host('linear', 'linear-learner:1', 'model_algo-1', writeModelFile(linear)),
    host('linear-onnx', 'linnet/onnx', 'model.onnx', linearModelToOnnx(linear)),
    host('trees', 'sagemaker-xgboost:3.0-5', 'xgboost-model', trees),
    host(
      'trees-onnx',
      '123456789012.dkr.ecr.eu-west-1.amazonaws.com/onnx:1',
      'model.onnx',
      boostedModelToOnnx(readBoostedModel(trees)),
    ),
    host('pipeline', 'onnx:latest', 'model.onnx', fixture('onnx/pipeline.onnx')),
  ]);
  for (const [name, width] of [
    ['linear', 3],
    ['trees', 6],
  ] as const) {
    const rows = Array.from({ length: 20 }, (_, row) =>
      Array.from({ length: width }, (_, column) => Math.sin(row * width + column)).join(','),
    ).join('\n');
    const [own, onnx] = [await ask(name, rows), await ask(`${name}-onnx`, rows)];
    assert.equal(onnx.length, 20);
    for (const [row, { score, predicted_label }] of own.entries()) {
      assert.ok(Math.abs(onnx[row]!.score - score) < 1e-6, `${name}, row ${row}: ${onnx[row]!.score}, not ${score}`);
      if (predicted_label !== undefined) assert.equal(onnx[row]!.predicted_label, predicted_label);
    }
  }
  await assert.rejects(ask('pipeline', '1,2'), (error: { OriginalStatusCode?: number; OriginalMessage?: string }) => {
    assert.equal(error.OriginalStatusCode, 400);
    assert.equal(error.OriginalMessage, 'Rows have 2 columns; the model takes 4: 4 for input "X"');
    return true;
  });

  const unknown = encodeOnnx({
    name: 'net',
    inputs: [{ name: 'x', kind: 'float32', shape: ['rows', 2] }],
    outputs: [{ name: 'y', kind: 'float32', shape: ['rows', 2] }],
    nodes: [{ operator: 'Blargh', inputs: ['x'], outputs: ['y'] }],
    constants: [],
  });
  await assert.rejects(createModel('unknown', 'onnx', { 'model.onnx': Buffer.from(unknown) }), {
    name: 'ValidationException',
    message:
      /^s3:\/\/nets\/unknown\/model\.tar\.gz cannot be served: model\.onnx: The operator Blargh is not among those of opset 17/,
  });
  const whole = await archiveOf({ 'model.onnx': fixture('onnx/pipeline.onnx') });
  await assert.rejects(
    createModel('cut', 'onnx', whole.subarray(0, 300)),
    /s3:\/\/nets\/cut\/model\.tar\.gz cannot be served: /,
  );
  assert.deepEqual(
    readdirSync(join(server.folder, 'programs/model-checks')).filter((name) => !name.endsWith('.removed')),
    [],
  );

  const training = server.sagemaker.send(
    new CreateTrainingJobCommand({
      TrainingJobName: 'net',
      RoleArn: ExecutionRoleArn,
      AlgorithmSpecification: { TrainingImage: 'onnx:1', TrainingInputMode: 'File' },
      OutputDataConfig: { S3OutputPath: 's3://nets/out' },
      ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 },
      StoppingCondition: { MaxRuntimeInSeconds: 60 },
    }),
  );
  await assert.rejects(training, /The image "onnx:1" has no program train; it has: serve/);
});
