import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { csvDecoder } from '../csv/csv.ts';

function doublesOf(text: string, chunkBytes = 1 << 20): { features: number[]; labels: number[] } {
  const decoder = csvDecoder({ labelCount: 1 });
  const bytes = new TextEncoder().encode(text);
  const features: number[] = [];
  const labels: number[] = [];
  for (let p = 0; p <= bytes.length; p += chunkBytes) {
    const blocks = p < bytes.length ? decoder.push(bytes.slice(p, p + chunkBytes)) : [];
    for (const block of blocks) {
      features.push(...block.features);
      labels.push(...block.labels);
    }
  }
  for (const block of decoder.end()) {
    features.push(...block.features);
    labels.push(...block.labels);
  }
  return { features, labels };
}

test('Doubles of CSV are the nearest to their texts', () => {
  assert.deepEqual(doublesOf('\ufeff0.1,"0.3", 1e-7 \r\n-7.0000000000000001,123456789012345678,.5\n \n'), {
    features: [0.3, 1e-7, 123456789012345680, 0.5],
    labels: [0.1, -7],
  });
  assert.equal(doublesOf('1,2\n3,4', 1).features.length, 2);
});

test('Every text of a number gives the double that JavaScript reads in it', () => {
  const number = fc.oneof(
    fc.double({ noNaN: true, min: -1e38, max: 1e38 }).map(String),
    fc.stringMatching(/^-?\d{1,25}\.\d{0,25}$/),
    fc.stringMatching(/^-?\d{1,3}\.?\d{0,3}e-?\d{1,2}$/).filter((text) => Math.abs(Number(text)) < 3e38),
  );
  const rows = fc.array(fc.tuple(number, number, number), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(rows, fc.integer({ min: 1, max: 200 }), (texts, chunkBytes) => {
      const { features, labels } = doublesOf(texts.map((row) => `${row.join(',')}\r\n`).join(''), chunkBytes);
      assert.deepEqual(
        labels,
        texts.map(([label]) => Number(label)),
      );
      assert.deepEqual(
        features,
        texts.flatMap(([, ...rest]) => rest.map(Number)),
      );
    }),
    { numRuns: 1000 },
  );
});
