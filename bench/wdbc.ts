import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseHyperparameters } from '../src/algorithms/index.ts';
import type { RowBlock, RowSource } from '../src/formats/index.ts';
import type { LinearLearnerSettings } from '../src/learners/index.ts';

/** wdbc.csv as float32 rows; label 1 is malignant. */
export function readWdbc(): RowBlock {
  const file = fileURLToPath(new URL('../../samples/datasets/tabular/breast_cancer/wdbc.csv', import.meta.url));
  const rows = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));
  return {
    rowCount: rows.length,
    featureCount: 30,
    features: Float32Array.from(rows.flatMap((row) => row.slice(2).map(Number))),
    labels: Float64Array.from(rows, (row) => (row[1] === 'M' ? 1 : 0)),
  };
}

export function pickBlock(block: RowBlock, order: readonly number[]): RowBlock {
  const d = block.featureCount;
  return {
    rowCount: order.length,
    featureCount: d,
    features: Float32Array.from(order.flatMap((row) => [...block.features.subarray(row * d, (row + 1) * d)])),
    labels: Float64Array.from(order, (row) => block.labels[row] ?? 0),
  };
}

export const sourceOf = (name: string, block: RowBlock): RowSource => ({
  name,
  featureCount: block.featureCount,
  async *blocks() {
    yield block;
  },
});

/** Settings as a job's hyperparameters give them, the documented defaults for all others. */
export function settingsOf(hyperparameters: Readonly<Record<string, string>>): LinearLearnerSettings {
  const parsed = parseHyperparameters(hyperparameters);
  if (parsed.settings !== undefined) return parsed.settings;
  throw new Error(JSON.stringify(parsed));
}

/** T. Ettinger's mulberry32. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const shuffledRows = (rows: readonly number[], random: () => number): number[] =>
  rows
    .map((row) => ({ row, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ row }) => row);
