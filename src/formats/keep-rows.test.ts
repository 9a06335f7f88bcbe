import assert from 'node:assert/strict';
import { test } from 'node:test';
import { baseOf, compactBlock } from './keep-rows.ts';
import type { RowBlock } from './table.ts';

const blockOf = (rows: readonly (readonly number[])[]): RowBlock => ({
  rowCount: rows.length,
  featureCount: rows[0]!.length,
  features: Float64Array.from(rows.flat()),
  labels: Float64Array.from(rows, (_, row) => row),
});

const kept = ({ features, base, featureCount }: RowBlock): number[] =>
  Array.from(features, (value, at) => value + base![at % featureCount]!);

test('Days, years and clock times come back as they were, whatever stands beside them', () => {
  const rows = Array.from({ length: 500 }, (_, i) => [
    20_110_101 + (i % 31),
    1_322_700_000_000 + 60_000 * i,
    i % 2,
    7e15,
    2000 + (i % 12) / 4,
  ]);
  const block = blockOf(rows);
  const base = baseOf([blockOf(rows.slice(0, 40)), blockOf(rows.slice(40))], 5);
  assert.equal(base[2], 0, 'what stands near 0 stays as it is');
  const compact = compactBlock(block, base);
  assert.ok(compact.features instanceof Float32Array);
  assert.deepEqual(kept(compact), rows.flat());
  assert.deepEqual(compact.labels, block.labels);
});

test('A kept value is off by less than a ten-millionth of its distance from the base or of its column’s spread', () => {
  for (const mean of [0, 1, 1e3, 1e6, -1e9]) {
    const rows = Array.from({ length: 300 }, (_, i) => [mean + Math.sin(i * i)]);
    const compact = compactBlock(blockOf(rows), baseOf([blockOf(rows.slice(0, 20))], 1));
    for (const [row, value] of kept(compact).entries()) {
      assert.ok(Math.abs(value - rows[row]![0]!) < 3e-7, `${value}, not ${rows[row]![0]}`);
    }
  }
});
