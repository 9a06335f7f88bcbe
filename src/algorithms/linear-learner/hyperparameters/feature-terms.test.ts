import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expandedFeaturesMax } from '../../../learners/index.ts';
import { featuresMax, parseInteractions } from './feature-terms.ts';
import { parseHyperparameters } from './hyperparameters.ts';

const messageOf = (given: Record<string, string>): string | undefined =>
  parseHyperparameters({ predictor_type: 'regressor', ...given })
    .problems?.map(({ message }) => message)
    .join('; ');

test('Interactions are none, all, or pairs with the lower column first', () => {
  assert.deepEqual(parseInteractions('All').interactions, 'all');
  assert.deepEqual(parseInteractions('none').interactions, 'none');
  assert.deepEqual(parseInteractions('AUTO').interactions, 'auto');
  assert.deepEqual(parseInteractions(' 4:0, 3:4').interactions, [
    [0, 4],
    [3, 4],
  ]);
  const { settings } = parseHyperparameters({
    predictor_type: 'regressor',
    interactions: '1:0',
    polynomial_degree: '3',
  });
  assert.deepEqual([settings?.interactions, settings?.polynomialDegree], [[[0, 1]], 3]);
});

test('A wrong declaration is refused before there are data, naming pair and limit', () => {
  for (const [given, message] of [
    [
      { interactions: '0:1,2' },
      'interactions: "2" is no pair of columns; give none, all, auto, or pairs such as 0:1,3:4',
    ],
    [{ interactions: '' }, 'interactions: "" is no pair of columns; give none, all, auto, or pairs such as 0:1,3:4'],
    [{ interactions: '0:1,1:0' }, 'interactions: the pair 0:1 is there twice'],
    [{ interactions: '2:2' }, 'interactions: 2:2 is a square: polynomial_degree gives those'],
    [
      { interactions: '0:4', feature_dim: '4' },
      'interactions has the pair 0:4, but feature_dim is 4: columns go from 0 to 3',
    ],
    [
      { interactions: 'all', feature_dim: '2000' },
      'polynomial_degree and interactions make 2001000 features of 2000; the limit is 1048576',
    ],
    [
      { polynomial_degree: '2', compatibility: 'amazon' },
      'polynomial_degree must be 1 with compatibility amazon, not 2',
    ],
    [
      { polynomial_degree: 'auto', compatibility: 'amazon' },
      'polynomial_degree must be 1 with compatibility amazon, not auto',
    ],
    [{ interactions: 'all', compatibility: 'amazon' }, 'interactions must be none with compatibility amazon, not all'],
    [{ polynomial_degree: '6' }, 'polynomial_degree must be auto or an integer of at least 1 and at most 5, not "6"'],
  ] as [Record<string, string>, string][]) {
    assert.equal(messageOf(given), message);
  }
  assert.equal(messageOf({ interactions: 'all', feature_dim: '1400' }), undefined);
  assert.equal(featuresMax, expandedFeaturesMax);
});
