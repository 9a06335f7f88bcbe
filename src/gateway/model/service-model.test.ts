import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { ServiceName } from '../operation.ts';
import { compilePattern } from './pattern.ts';
import { loadModel } from './service-model.ts';

const services: readonly ServiceName[] = [
  'sagemaker',
  'sagemaker-runtime',
  'sagemaker-metrics',
  's3',
  'sts',
  'iam',
  'logs',
];

test('every pattern of every model compiles', () => {
  let count = 0;
  for (const service of services) {
    for (const shape of loadModel(service).shapes()) {
      if (shape.pattern === undefined) continue;
      count++;
      assert.doesNotThrow(() => shape.matcher(), `${service} ${shape.name}: ${shape.pattern}`);
    }
  }
  assert.ok(count > 100, `only ${count} patterns were read`);
});

test("Java's notations mean the same after rewriting", () => {
  assert.equal(compilePattern('arn:[\\p{Alnum}\\-]+:x').test('arn:a-9:x'), true);
  assert.equal(compilePattern('arn:[\\p{Alnum}\\-]+:x').test('arn:ä:x'), false);
  assert.equal(compilePattern('\\A\\S[\\p{Print}]*\\z').test('a b'), true);
  assert.equal(compilePattern('\\A\\S[\\p{Print}]*\\z').test(' a'), false);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: two patterns of the model end like this
  assert.equal(compilePattern('([\\p{L}\\p{N}]*)${1,128}').test('größe1'), true);
});

test('a pattern must hold for the whole text', () => {
  const name = loadModel('sagemaker').operation('CreateTrainingJob')!.input.members[0]!.shape;
  assert.equal(name.name, 'TrainingJobName');
  assert.equal(name.matcher().test('job-1'), true);
  for (const wrong of ['job_1', '-job', 'job\n', 'x job']) assert.equal(name.matcher().test(wrong), false, wrong);
});

test('every operation links, and knows what it must', () => {
  for (const service of services) {
    const model = loadModel(service);
    const raw = JSON.parse(readFileSync(new URL(`../../../../models/${service}.json`, import.meta.url), 'utf8')) as {
      operations: Record<string, unknown>;
    };
    for (const name of Object.keys(raw.operations)) {
      const operation = model.operation(name);
      assert.ok(operation !== undefined && operation.input.type === 'structure', `${service} ${name}`);
    }
  }
  assert.equal(loadModel('s3').operation('DeleteObject')?.status, 204);
  assert.equal(loadModel('sagemaker-runtime').exception('ModelError')?.exception?.status, 424);
  assert.equal(loadModel('iam').exception('NoSuchEntity')?.exception?.status, 404);
});

test('an operation that Amazon has and the model leaves out is known by name only', () => {
  const model = loadModel('sagemaker');
  assert.equal(model.knows('CreateLabelingJob'), true);
  assert.equal(model.operation('CreateLabelingJob'), undefined);
  assert.equal(model.knows('CreateNonsense'), false);
});
