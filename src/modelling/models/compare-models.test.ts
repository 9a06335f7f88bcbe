import assert from 'node:assert/strict';
import { test } from 'node:test';
import { preparationFileName } from '../../contract/index.ts';
import { writeModelFile } from '../../learners/index.ts';
import { openTable, type Preparation } from '../../tables/index.ts';
import { compareModels } from './compare-models.ts';
import { modelOf } from './open-model.ts';

const tableOf = (text: string) =>
  openTable({
    name: 'rows.csv',
    async *stream() {
      yield new TextEncoder().encode(text);
    },
  });

function modelKnowing(label: Pick<Preparation['label'], 'classes' | 'spellings'>, weight: number) {
  const preparation: Preparation = {
    format: 'linnet-preparation',
    version: 1,
    label: { column: 'y', task: 'binary', sign: 'point', ...label },
    columns: [{ column: 'x', as: 'number', sign: 'point', fill: 0, indicator: false, log: false }],
    leftOut: [],
  };
  const file = writeModelFile({
    predictorType: 'binary_classifier',
    loss: 'logistic',
    featureCount: 1,
    outputCount: 1,
    weights: Float64Array.of(weight),
    bias: Float64Array.of(0),
    threshold: 0.5,
    metricsParams: {},
  });
  const files = new Map([
    ['model_algo-1', file],
    [preparationFileName, new TextEncoder().encode(JSON.stringify(preparation))],
  ]);
  return { name: `model ${weight}`, model: modelOf('m', files) };
}

test('Models are compared on rows whose labels all of them know, in any order of the classes, and on no others', async () => {
  const spelled = modelKnowing({ classes: ['no', 'yes'], spellings: { yes: 'yes', no: 'no' } }, 1);
  const plain = modelKnowing({ classes: ['yes', 'no'] }, -2);
  const [first, second] = await compareModels([spelled, plain], await tableOf('x,y\n1,yes\n-1,no\n2,no\n3,maybe\n'));
  assert.deepEqual([first!.passedOver, second!.passedOver, second!.difference!.value], [1, 1, 0]);
  for (const rows of ['1,YES\n-1,no\n2,no', '1,YES\n-1,no', '1,no\n2,YES\n3,yes\n4,yes'])
    for (const models of [
      [spelled, plain],
      [plain, spelled],
    ])
      await assert.rejects(compareModels(models, await tableOf(`x,y\n${rows}\n`)), {
        message: `"${models[1]!.name}" does not know the labels of the same rows as "${models[0]!.name}": write each class as it is in the training rows of both`,
      });
});
