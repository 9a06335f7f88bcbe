import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limitsOf } from './instance-types.ts';

test("processors and memory are those of Amazon's tables", () => {
  const figures: [string, number, number][] = [
    ['ml.t3.medium', 2, 4],
    ['ml.t3.large', 2, 8],
    ['ml.t2.xlarge', 4, 16],
    ['ml.m5.large', 2, 8],
    ['ml.m5.24xlarge', 96, 384],
    ['ml.m4.16xlarge', 64, 256],
    ['ml.m6i.2xlarge', 8, 32],
    ['ml.m7g.medium', 1, 4],
    ['ml.c4.2xlarge', 8, 15],
    ['ml.c5.xlarge', 4, 8],
    ['ml.c5n.18xlarge', 72, 189],
    ['ml.c6gd.4xlarge', 16, 32],
    ['ml.r5.4xlarge', 16, 128],
    ['ml.g4dn.12xlarge', 48, 192],
    ['ml.p2.xlarge', 4, 61],
    ['ml.p3.2xlarge', 8, 61],
    ['ml.p4d.24xlarge', 96, 1152],
    ['ml.inf1.xlarge', 4, 8],
    ['ml.trn1.2xlarge', 8, 32],
  ];
  for (const [type, processors, gibibytes] of figures)
    assert.deepEqual(limitsOf(type), { processors, memoryBytes: gibibytes * 2 ** 30 }, type);
});

test('what is no known type has no limits', () => {
  for (const type of ['', 'local', 'ml.z9.large', 'ml.m5.huge', 'ml.m5.metal', 'm5.large'])
    assert.equal(limitsOf(type), undefined, type);
});
