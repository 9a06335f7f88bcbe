import type { DescentShape } from '../../src/kernels/index.ts';
import type { DenseSet } from '../data/store.ts';
import type { Bench } from '../framework/case.ts';
import { type KernelChoice, openDescent } from '../kernels-under-test.ts';

/** A shape of training that the cases share; names as in the table of bench/README.md. */
export interface Shape {
  name: 'A' | 'B' | 'C' | 'D' | 'E';
  rowCount: number;
  featureCount: number;
  classes: number;
  batchRows: number;
  models: number;
}

export const shapes = {
  A: { name: 'A', rowCount: 1_000_000, featureCount: 30, classes: 2, batchRows: 100, models: 32 },
  B: { name: 'B', rowCount: 60_000, featureCount: 784, classes: 2, batchRows: 1000, models: 32 },
  C: { name: 'C', rowCount: 1_000_000, featureCount: 100, classes: 2, batchRows: 1000, models: 32 },
  D: { name: 'D', rowCount: 581_000, featureCount: 54, classes: 7, batchRows: 1000, models: 16 },
} as const satisfies Record<string, Shape>;

/** The shape's rows; a quick run has a tenth of them. */
export const rowsOf = (bench: Bench, { rowCount, featureCount, classes }: Shape): DenseSet =>
  bench.data.synthetic(bench.quick ? rowCount / 10 : rowCount, featureCount, classes);

export const titleOf = ({ featureCount, batchRows, models, classes }: Shape, { rowCount }: DenseSet): string =>
  `${short(rowCount)}x${featureCount}, batch ${batchRows}, ${models} models${classes > 2 ? ` x ${classes} classes` : ''}`;

const short = (count: number): string =>
  count >= 1e6 ? `${count / 1e6}e6` : count >= 1e4 ? `${count / 1e3}k` : String(count);

/** Multiplications and additions of one pass that count: scores and gradient, not loss, update or padding. */
export const flopsOf = ({ featureCount, classes, models }: Shape, rowCount: number): number =>
  4 * rowCount * featureCount * models * (classes > 2 ? classes : 1);

export function descentShape({ featureCount, classes, batchRows, models }: Shape, chunkRows: number): DescentShape {
  return {
    featureCount,
    models: Array.from({ length: models }, (_, model) => ({
      rate: 0.001 * (1 + model / 32),
      factor: 0.99,
      every: Number.POSITIVE_INFINITY,
      floor: 1e-5,
      decay: 1e-5,
      biasDecay: 0,
      l1: 0,
      positiveWeight: 1,
    })),
    loss:
      classes > 2
        ? { kind: 'softmax', outputs: classes, classWeight: new Float64Array(classes).fill(1) }
        : { kind: 'logistic' },
    rule: 'adam',
    beta1: 0.9,
    beta2: 0.999,
    l1Mode: 'proximal',
    useBias: true,
    biasRateMult: 1,
    batchRows,
    chunkRows,
  };
}

/** One pass over the rows by the kernels, the rows already in the kernel's memory. */
export function openEpoch(shape: Shape, set: DenseSet, choice: KernelChoice): { run(): undefined; close(): void } {
  const chunkRows = Math.ceil(set.rowCount / shape.batchRows) * shape.batchRows;
  const { descent, close } = openDescent(descentShape(shape, chunkRows), choice);
  descent.x.set(set.x);
  descent.y.set(set.y);
  return {
    run() {
      descent.train(set.rowCount);
      return undefined;
    },
    close,
  };
}
