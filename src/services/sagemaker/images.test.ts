import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServiceError } from '../../base/index.ts';
import { findAlgorithm, parseImage } from './images.ts';

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

test('An image that is not there is refused with those that are', () => {
  const catalogue = [{ repository: 'linear-learner', command: ['x'] }];
  assert.equal(findAlgorithm(catalogue, 'r.io/linear-learner:1').repository, 'linear-learner');
  for (const uri of ['r.io/linear-learner:2', 'r.io/kmeans:1', 'r.io/team/linear-learner:1', '']) {
    assert.throws(
      () => findAlgorithm(catalogue, uri),
      (thrown) => thrown instanceof ServiceError && /It has: linear-learner:1/.test(thrown.message),
    );
  }
});
