import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LossShape, openKernels, PlainDesign } from '../../../kernels/index.ts';
import { normal, seededRandom } from '../../rows/random.ts';
import { solve } from '../solve.ts';

const shapes: readonly LossShape[] = [
  { kind: 'absolute' },
  { kind: 'quantile', q: 0.9 },
  { kind: 'hinge', margin: 1 },
  { kind: 'epsilon-absolute', epsilon: 0.1 },
  { kind: 'epsilon-squared', epsilon: 0.1 },
];

test('Losses with kinks reach their certificate with grams of single precision, whatever the rows', () => {
  const kernels = openKernels({});
  const random = seededRandom(2);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  for (let problem = 0; problem < 40; problem += 1) {
    const loss = shapes[problem % shapes.length]!;
    const rowCount = Math.round(400 + 2000 * random());
    const featureCount = Math.round(20 + 100 * random());
    const isCollinear = random() < 0.5;
    const x = new Float32Array(rowCount * featureCount);
    const labels = new Float64Array(rowCount);
    for (let row = 0; row < rowCount; row += 1) {
      const common = [normal(random), normal(random), normal(random)];
      let score = 3 * normal(random);
      for (let j = 0; j < featureCount; j += 1) {
        const own = normal(random);
        const value = isCollinear ? common[j % 3]! + 1e-3 * own : own;
        x[row * featureCount + j] = value;
        if (j % 4 === 0) score += value;
      }
      labels[row] = loss.kind === 'hinge' ? Number(score > 0) : score;
    }
    const loader = kernels.loadDesign(
      { rowCount, featureCount },
      { shift: new Float64Array(featureCount), factor: new Float64Array(featureCount).fill(1) },
    );
    loader?.append(x, rowCount);
    const design = loader?.finish();
    assert.ok(design !== undefined);
    const fine = new PlainDesign({ x, rowCount, featureCount });
    const [wd, l1] = [pick([1e-6, 1e-4, 1e-2, 1]), pick([0, 0, 1e-2])];
    const given = { labels, loss, positiveWeight: pick([1, 5]), wd, l1, biasWd: 0, useBias: true };
    const { certificate, objective } = solve({ ...given, design, fine });
    const what = `problem ${problem}: ${loss.kind}, ${rowCount} x ${featureCount}, wd ${wd}, l1 ${l1}`;
    assert.ok(certificate.reached && Number.isFinite(objective), `${what}: gap ${certificate.relative}`);
    design.close();
  }
  kernels.close();
});

test('An interior point goes on with grams of doubles where single precision makes one indefinite', () => {
  const kernels = openKernels({});
  for (const loss of [{ kind: 'absolute' }, { kind: 'quantile', q: 0.9 }] as const) {
    const random = seededRandom(3);
    const [rowCount, featureCount] = [1500, 40];
    const x = new Float32Array(rowCount * featureCount);
    const labels = new Float64Array(rowCount);
    for (let row = 0; row < rowCount; row += 1) {
      const common = [normal(random), normal(random), normal(random)];
      labels[row] = 3 * normal(random);
      for (let j = 0; j < featureCount; j += 1) {
        const value = common[j % 3]! + 1e-3 * normal(random);
        x[row * featureCount + j] = value;
        if (j % 4 === 0) labels[row] += value;
      }
    }
    const scaling = { shift: new Float64Array(featureCount), factor: new Float64Array(featureCount).fill(1) };
    const loader = kernels.loadDesign({ rowCount, featureCount }, scaling)!;
    loader.append(x, rowCount);
    const design = loader.finish();
    const given = { labels, loss, positiveWeight: 1, wd: 0, l1: 0, biasWd: 0, useBias: true };
    const { certificate, method, iterations } = solve({ ...given, design, fine: design.inDoubles!() });
    assert.ok(certificate.reached, `${loss.kind}: gap ${certificate.relative}`);
    assert.equal(method, 'interior point');
    assert.ok(iterations < 40, `${iterations} steps`);
    design.close();
  }
  kernels.close();
});
