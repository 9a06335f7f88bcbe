import { type Design, openKernels } from '../../src/kernels/index.ts';
import { solve } from '../../src/learners/index.ts';
import type { Bench, BenchCase, Row } from '../framework/case.ts';
import { bestOf, interleaved } from '../framework/measure.ts';
import { loadedRows } from './fit.ts';

/** The same rows without the fused sweep: scores, softmax and gradient one after the other. */
const apart = (design: Design): Design => ({
  rowCount: design.rowCount,
  featureCount: design.featureCount,
  scores: (theta, K, f) => design.scores(theta, K, f),
  gradient: (delta, K, g) => design.gradient(delta, K, g),
  gram: (c, h) => design.gram(c, h),
  pick: (rows) => apart(design.pick(rows)),
  close: () => design.close(),
});

async function sweepAgainstPasses(bench: Bench, rowCount: number, d: number, outputs: number): Promise<Row> {
  const set = bench.data.synthetic(rowCount, d, outputs);
  const kernels = openKernels({ threads: 1 });
  const fused = loadedRows(set, kernels);
  const labels = Float64Array.from(set.y);
  const run = (design: Design) => (): undefined => {
    solve({
      design,
      labels,
      loss: { kind: 'softmax', outputs, classWeight: new Float64Array(outputs).fill(1) },
      positiveWeight: 1,
      wd: 1e-3,
      l1: 0,
      biasWd: 0,
      useBias: true,
    });
  };
  const best = bestOf(
    await interleaved(
      [
        { name: 'one sweep', run: run(fused) },
        { name: 'three passes', run: run(apart(fused)) },
      ],
      { rounds: bench.quick ? 2 : 5, clock: 'cpu' },
    ),
  );
  fused.close();
  kernels.close();
  return {
    what: `a softmax solve by fused sweeps over the same by scores, softmax and gradient apart: ${rowCount}x${d}, ${outputs} classes`,
    label: `softmax sweep, ${rowCount}x${d}, ${outputs} classes`,
    value: best['three passes']! / best['one sweep']!,
    unit: 'x',
    target: { atLeast: 1.3 },
    figures: best,
  };
}

export const softmaxCases: readonly BenchCase[] = [
  {
    id: 'K9',
    title: 'What the fused softmax sweep saves',
    async run(bench) {
      const rows: Row[] = [];
      for (const [rowCount, d, outputs] of [
        [20_000, 54, 7],
        [20_000, 100, 20],
      ] as const)
        rows.push(await sweepAgainstPasses(bench, bench.quick ? rowCount / 10 : rowCount, d, outputs));
      return { rows };
    },
  },
];
