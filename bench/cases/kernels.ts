import type { SparseSet } from '../data/store.ts';
import type { Bench, BenchCase, Row } from '../framework/case.ts';
import { openFmaPeak } from '../framework/fma-peak.ts';
import { bestOf, interleaved } from '../framework/measure.ts';
import { flopsOf, openEpoch, rowsOf, type Shape, shapes, titleOf } from './shapes.ts';
import { openSparseEpoch } from './sparse.ts';
import { versionsOf } from './versions.ts';

/** V8 keeps the order of loads from version 13 on, which lets a better tile through. */
const newEngine = Number(process.versions.v8.split('.')[0]) >= 13;
const roundsOf = ({ quick }: Bench): number => (quick ? 2 : 5);
/** Share of the FMA peak that one pass reaches on one thread; the peak is measured between the passes. */
async function shareOfPeak(bench: Bench, shape: Shape, atLeast: number): Promise<Row> {
  const set = rowsOf(bench, shape);
  const epoch = openEpoch(shape, set, { threads: 1 });
  const peak = openFmaPeak();
  const peaks: number[] = [];
  const timings = await interleaved(
    [
      { name: 'pass', run: epoch.run },
      {
        name: 'peak',
        run: () => {
          peaks.push(peak());
          return undefined;
        },
      },
    ],
    { rounds: roundsOf(bench), clock: 'cpu' },
  );
  epoch.close();
  const passMs = timings.get('pass')?.bestMs ?? Number.NaN;
  const speed = flopsOf(shape, set.rowCount) / (passMs * 1e6);
  const best = Math.max(...peaks);
  return {
    what: `share of the 128-bit FMA peak, one thread: ${titleOf(shape, set)}`,
    label: `share of peak, shape ${shape.name}`,
    value: (100 * speed) / best,
    unit: '%',
    target: { atLeast },
    figures: { 'pass ms': passMs, 'GFLOP/s': speed, 'peak GFLOP/s': best, 'ns a row': (1e6 * passMs) / set.rowCount },
  };
}

const k1: BenchCase = {
  id: 'K1',
  title: 'Share of the machine, wide rows',
  run: async (bench) => ({ rows: [await shareOfPeak(bench, shapes.B, newEngine ? 85 : 75)] }),
};

const k2: BenchCase = {
  id: 'K2',
  title: 'Share of the machine, narrow rows',
  run: async (bench) => ({ rows: [await shareOfPeak(bench, shapes.A, 60)] }),
};

const k3: BenchCase = {
  id: 'K3',
  title: 'Share of the machine, middling rows and classes',
  run: async (bench) => ({
    rows: [await shareOfPeak(bench, shapes.C, 75), await shareOfPeak(bench, shapes.D, 68)],
  }),
};

const k4: BenchCase = {
  id: 'K4',
  title: 'Against native code: the products of a step in OpenBLAS',
  async run(bench) {
    const set = rowsOf(bench, shapes.B);
    const python = await bench.python(1);
    const epoch = openEpoch(shapes.B, set, { threads: 1 });
    const { batchRows: batch, featureCount: features, models: columns } = shapes.B;
    const steps = Math.ceil(set.rowCount / batch);
    const timings = await interleaved(
      [
        { name: 'whole step', run: epoch.run },
        {
          name: 'OpenBLAS, products only',
          run: async () => (await python.call('matmul', { batch, features, columns, steps })).cpuMs,
        },
      ],
      { rounds: roundsOf(bench), clock: 'cpu' },
    );
    epoch.close();
    const best = bestOf(timings);
    return {
      peers: await versionsOf(python, ['numpy']),
      rows: [
        {
          what: `speed of a whole step against numpy's two products alone (AVX-512 where the machine has it): ${titleOf(shapes.B, set)}`,
          label: 'against OpenBLAS, shape B',
          value: best['OpenBLAS, products only']! / best['whole step']!,
          unit: 'x',
          target: { atLeast: 0.5 },
          figures: best,
          note: 'the peer computes neither loss nor update',
        },
      ],
    };
  },
};

const k5: BenchCase = {
  id: 'K5',
  title: 'Against the plain twin',
  async run(bench) {
    const rows: Row[] = [];
    for (const shape of [shapes.A, shapes.B, shapes.C, shapes.D]) {
      // A part of the rows is enough for the slow twin.
      const whole = rowsOf(bench, shape);
      const share = Math.min(whole.rowCount, Math.ceil(4e9 / flopsOf(shape, 1) / shape.batchRows) * shape.batchRows);
      const set = {
        ...whole,
        rowCount: share,
        x: whole.x.subarray(0, share * shape.featureCount),
        y: whole.y.subarray(0, share),
      };
      const fast = openEpoch(shape, set, { threads: 1 });
      const plain = openEpoch(shape, set, { plain: true });
      const best = bestOf(
        await interleaved(
          [
            { name: 'kernels', run: fast.run },
            { name: 'plain twin', run: plain.run },
          ],
          { rounds: roundsOf(bench), clock: 'cpu' },
        ),
      );
      fast.close();
      plain.close();
      rows.push({
        what: `kernels over the plain twin: ${titleOf(shape, set)}`,
        label: `over the plain twin, shape ${shape.name}`,
        value: best['plain twin']! / best.kernels!,
        unit: 'x',
        target: { atLeast: 10 },
        figures: best,
      });
    }
    for (const [d, rowCount] of [
      [123, 32_561],
      [100_000, 100_000],
    ] as const)
      rows.push(
        await sparseOverPlain(bench, bench.data.syntheticSparse(bench.quick ? Math.round(rowCount / 10) : rowCount, d)),
      );
    return { rows };
  },
};

async function sparseOverPlain(bench: Bench, set: SparseSet): Promise<Row> {
  const fast = openSparseEpoch(set, 32, { threads: 1 });
  const plain = openSparseEpoch(set, 32, { plain: true });
  const row = {
    what: `sparse kernels over the plain twin: ${set.rowCount}x${set.featureCount}, 14 values a row, 32 models`,
    label: `over the plain twin, ${set.featureCount} columns`,
    unit: 'x',
    target: { atLeast: 5 },
  } as const;
  if (fast === undefined || plain === undefined)
    return { ...row, figures: {}, note: 'there are no sparse kernels yet' };
  const best = bestOf(
    await interleaved(
      [
        { name: 'kernels', run: fast.run },
        { name: 'plain twin', run: plain.run },
      ],
      { rounds: roundsOf(bench), clock: 'cpu', budgetMs: 10_000 },
    ),
  );
  fast.close();
  plain.close();
  return { ...row, value: best['plain twin']! / best.kernels!, figures: best };
}

const k6: BenchCase = {
  id: 'K6',
  title: 'What 32 models cost',
  async run(bench) {
    const rows: Row[] = [];
    for (const shape of [shapes.A, shapes.C, shapes.B]) {
      const set = rowsOf(bench, shape);
      const many = openEpoch(shape, set, { threads: 1 });
      const one = openEpoch({ ...shape, models: 1 }, set, { threads: 1 });
      const best = bestOf(
        await interleaved(
          [
            { name: '32 models', run: many.run },
            { name: '1 model', run: one.run },
          ],
          { rounds: roundsOf(bench), clock: 'cpu' },
        ),
      );
      many.close();
      one.close();
      rows.push({
        what: `cost of 32 models over one: ${titleOf(shape, set)}`,
        label: `32 models over one, shape ${shape.name}`,
        value: best['32 models']! / best['1 model']!,
        unit: 'x',
        target: { atMost: 10 },
        figures: { ...best, 'GB/s read by 1 model': (4e-6 * set.x.length) / best['1 model']! },
      });
    }
    return { rows };
  },
};

const k7: BenchCase = {
  id: 'K7',
  title: 'Two threads',
  async run(bench) {
    const rows: Row[] = [];
    for (const shape of [shapes.B, shapes.C, shapes.A]) {
      const set = rowsOf(bench, shape);
      const one = openEpoch(shape, set, { threads: 1 });
      const two = openEpoch(shape, set, { threads: 2 });
      const best = bestOf(
        await interleaved(
          [
            { name: 'one thread', run: one.run },
            { name: 'two threads', run: two.run },
          ],
          { rounds: bench.quick ? 3 : 11, clock: 'wall', budgetMs: 15_000 },
        ),
      );
      one.close();
      two.close();
      rows.push({
        what: `two threads over one, wall clock: ${titleOf(shape, set)}`,
        label: `two threads, shape ${shape.name}`,
        value: best['one thread']! / best['two threads']!,
        unit: 'x',
        target: { atLeast: 1.85 },
        figures: best,
        note: 'sinks when anything else runs on the machine',
      });
    }
    return { rows };
  },
};

const k8: BenchCase = {
  id: 'K8',
  title: 'What determinism costs',
  async run(bench) {
    const rows: Row[] = [];
    for (const shape of [shapes.A, shapes.B]) {
      const set = rowsOf(bench, shape);
      const fused = openEpoch(shape, set, { threads: 1 });
      const exact = openEpoch(shape, set, { threads: 1, deterministic: true });
      const best = bestOf(
        await interleaved(
          [
            { name: 'with FMA', run: fused.run },
            { name: 'deterministic', run: exact.run },
          ],
          { rounds: roundsOf(bench), clock: 'cpu' },
        ),
      );
      fused.close();
      exact.close();
      rows.push({
        what: `speed without FMA over that with it: ${titleOf(shape, set)}`,
        label: `deterministic, shape ${shape.name}`,
        value: best['with FMA']! / best.deterministic!,
        unit: 'x',
        target: { atLeast: 0.8 },
        figures: best,
      });
    }
    return { rows };
  },
};

export const kernelCases: readonly BenchCase[] = [k1, k2, k3, k4, k5, k6, k7, k8];
