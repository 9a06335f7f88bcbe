import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServiceError } from '../../base/index.ts';
import { type Algorithm, type AlgorithmCatalogue, lookUp, parseImage, type WantedImage } from './images.ts';

test('An image URI is repository and tag, wherever its registry is', () => {
  const cases: [string, string, string][] = [
    ['382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1', 'linear-learner', '1'],
    ['1.dkr.ecr.cn-north-1.amazonaws.com.cn/linear-learner:latest', 'linear-learner', 'latest'],
    ['linear-learner', 'linear-learner', 'latest'],
    ['localhost:5000/team/linear-learner:1@sha256:abc', 'team/linear-learner', '1'],
    ['team/linear-learner', 'team/linear-learner', 'latest'],
  ];
  for (const [uri, repository, tag] of cases) assert.deepEqual(parseImage(uri), { repository, tag }, uri);
});

const catalogue = () => [
  { repositories: [{ repository: 'linear-learner' }], commands: { train: ['x'], serve: ['x'] } },
  {
    repositories: [
      { repository: 'trees', tags: ['3.0-5', '1.7-1'] },
      { repository: 'old-trees', tags: ['1'] },
    ],
    commands: { train: ['y'], serve: ['y'] },
    missing: { train: 'The image trees needs a library; type: linnet image add trees' },
  },
];

function findAlgorithm(from: AlgorithmCatalogue, image: WantedImage): Algorithm {
  const found = lookUp(from, image);
  if ('refusal' in found) throw new ServiceError('ValidationException', found.refusal);
  return found;
}

const wanted = (uri: string, program: 'train' | 'serve', runsScript = false) => ({ uri, program, runsScript });

test('An image that is not there is refused with those that are', () => {
  assert.deepEqual(findAlgorithm(catalogue, wanted('r.io/linear-learner:1', 'train')).commands.train, ['x']);
  assert.deepEqual(findAlgorithm(catalogue, wanted('r.io/trees:1.7-1', 'serve')).commands.serve, ['y']);
  assert.deepEqual(findAlgorithm(catalogue, wanted('r.io/old-trees:1', 'serve')).commands.serve, ['y']);
  for (const uri of ['r.io/kmeans:1', 'r.io/team/linear-learner:1', '']) {
    assert.throws(
      () => findAlgorithm(catalogue, wanted(uri, 'train')),
      (thrown) =>
        thrown instanceof ServiceError && /It has: linear-learner:1, trees:3.0-5, old-trees:1 /.test(thrown.message),
    );
  }
  assert.throws(
    () => findAlgorithm(catalogue, wanted('r.io/trees:1', 'train')),
    (thrown) => thrown instanceof ServiceError && /Of trees it has the tags 3.0-5, 1.7-1 \(/.test(thrown.message),
  );
  assert.throws(
    () => findAlgorithm(catalogue, wanted('r.io/linear-learner:2', 'train')),
    (thrown) => thrown instanceof ServiceError && /Of linear-learner it has the tags 1, latest \(/.test(thrown.message),
  );
});

test('A program that lacks something is refused with what to type, and the other program of the image is not', () => {
  assert.throws(
    () => findAlgorithm(catalogue, wanted('r.io/trees:3.0-5', 'train')),
    (thrown) => thrown instanceof ServiceError && /type: linnet image add trees$/.test(thrown.message),
  );
});

test('A request that brings a script gets the image that runs scripts, where two have its name', () => {
  const both = () => [
    { repositories: [{ repository: 'trees', tags: ['3.0-5'] }], commands: { train: ['built in'] } },
    {
      repositories: [{ repository: 'trees', tags: ['3.0-5'], tagPrefixes: ['3.0-5-'] }],
      commands: { train: ['script'] },
      runsScripts: true as const,
    },
  ];
  assert.deepEqual(findAlgorithm(both, wanted('trees:3.0-5', 'train')).commands.train, ['built in']);
  assert.deepEqual(findAlgorithm(both, wanted('trees:3.0-5', 'train', true)).commands.train, ['script']);
  assert.deepEqual(findAlgorithm(both, wanted('trees:3.0-5-cpu-py3', 'train')).commands.train, ['script']);
  assert.throws(() => findAlgorithm(both, wanted('trees:3.0-50', 'train')), ServiceError);
});
