import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DataError } from '../../base/index.ts';
import { frameRecord } from '../../framing/index.ts';
import { concatBytes } from './protobuf.ts';
import { encodeRecord } from './record-protobuf.ts';
import { recordDecoder } from './record-rows.ts';

interface Row {
  label: number;
  features: number[];
  uid?: string;
  labelFirst?: boolean;
}

const encode = ({ label, features, uid, labelFirst }: Row): Uint8Array => {
  const parts = [
    encodeRecord({ features: { values: { kind: 'float32', values: features } } }),
    encodeRecord({ label: { values: { kind: 'float32', values: [label] } }, ...(uid !== undefined && { uid }) }),
  ];
  return frameRecord(concatBytes(labelFirst ? parts.reverse() : parts));
};

function read(rows: readonly Row[], chunkBytes: number, labelCount: 0 | 1 = 1) {
  const bytes = concatBytes(rows.map(encode));
  const decoder = recordDecoder({ labelCount });
  const labels: number[] = [];
  const features: number[] = [];
  for (let p = 0; p < bytes.length; p += chunkBytes) {
    for (const block of decoder.push(bytes.slice(p, p + chunkBytes))) {
      labels.push(...block.labels);
      features.push(...block.features);
    }
  }
  for (const _ of decoder.end()) assert.fail('no rows are left for the end');
  return { labels, features };
}

const float = fc.float({ noNaN: true, noDefaultInfinity: true });

test('Records that are alike, and others among them, give the rows that were written', () => {
  const series = fc.integer({ min: 1, max: 40 }).chain((width) => {
    const row = fc.record(
      {
        label: float,
        features: fc.array(float, { minLength: width, maxLength: width }),
        uid: fc.constantFrom('a', 'b', 'a longer name'),
        labelFirst: fc.boolean(),
      },
      { requiredKeys: ['label', 'features'] },
    );
    const run = fc.tuple(row, fc.integer({ min: 1, max: 40 })).map(([first, count]) =>
      Array.from({ length: count }, (_, i) => ({
        ...first,
        label: i,
        features: first.features.map((x) => x / (1 + (i % 3))),
      })),
    );
    return fc.array(run, { minLength: 1, maxLength: 6 }).map((runs) => runs.flat());
  });
  fc.assert(
    fc.property(series, fc.integer({ min: 1, max: 5000 }), (rows, chunkBytes) => {
      const due = {
        labels: rows.map(({ label }) => label),
        features: rows.flatMap(({ features }) => features.map(Math.fround)),
      };
      assert.deepEqual(read(rows, chunkBytes), due);
      assert.deepEqual(read(rows, chunkBytes, 0), { ...due, labels: [] });
    }),
    { numRuns: 300 },
  );
});

test('The one number that is not finite is named, wherever it stands', () => {
  const cases = fc.record({
    width: fc.integer({ min: 1, max: 40 }),
    count: fc.integer({ min: 1, max: 200 }),
    at: fc.nat(),
    value: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  });
  fc.assert(
    fc.property(cases, ({ width, count, at, value }) => {
      const rows = Array.from({ length: count }, (_, i) => ({ label: 1, features: new Array<number>(width).fill(i) }));
      const cell = at % (count * (width + 1));
      const [row, column] = [Math.floor(cell / (width + 1)), cell % (width + 1)];
      if (column === width) rows[row]!.label = value;
      else rows[row]!.features[column] = value;
      const fact = column === width ? `the label ${value}` : `${value} as feature ${column + 1}`;
      assert.throws(
        () => read(rows, 1 << 20),
        (error) =>
          error instanceof DataError && error.message.startsWith(`Record ${row + 1} has ${fact}, not a finite`),
      );
    }),
  );
});

test('Another width among very many alike is named by its record', () => {
  const rows = Array.from({ length: 3000 }, () => ({ label: 1, features: [1, 2, 3] }));
  rows[2500] = { label: 1, features: [1, 2] };
  assert.throws(() => read(rows, 1 << 20), /^DataError: Record 2501 has 2 features, but the records before have 3$/);
});
