import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { makeShape, sameBytes, variedModels } from '../descent/descent.suite.ts';
import type { DescentShape } from '../descent/descent.ts';
import { type KernelThread, ThreadPool } from '../threads/thread-pool.ts';
import { engineFeatures } from '../wasm/features.ts';
import { sparseRows } from './sparse-descent.suite.ts';
import { sparseDescent } from './sparse-descent.ts';

if (!engineFeatures().relaxedSimd) setFlagsFromString('--experimental-wasm-relaxed-simd');

function startThread(): KernelThread {
  const jobs = JSON.stringify(new URL('../thread-jobs.js', import.meta.url).href);
  const code = `import { parentPort } from 'node:worker_threads';
    import { serveKernels } from ${jobs};
    serveKernels((handle) => parentPort.on('message', handle));`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
  worker.unref();
  return { post: (message) => worker.postMessage(message), stop: () => void worker.terminate() };
}

const openPool = (threads: number): ThreadPool => {
  const pool = new ThreadPool({ threads, startThread, startMsMin: 0, shareMsMin: 0 });
  after(() => pool.close());
  return pool;
};

test('The bytes of a sparse model are the same from one, two and four threads', () => {
  for (const featureCount of [500, 2 ** 32]) {
    const shape = makeShape({ featureCount, models: variedModels(37, { l1: 0.01 }), batchRows: 20, chunkRows: 2000 });
    const [one, ...others] = [undefined, openPool(2), openPool(4)].map((pool) => trained(shape, pool));
    for (const other of others) {
      sameBytes(other.state, one.state);
      assert.deepEqual(other.state.seen, one.state.seen);
      assert.deepEqual(other.losses, one.losses);
      assert.deepEqual(other.f, one.f);
    }
  }
});

function trained(shape: DescentShape, pool: ThreadPool | undefined) {
  const descent = sparseDescent(shape, { fma: true, ...(pool && { pool }) });
  const rows = sparseRows({ ...shape, featureCount: 500 }, 2000, 3);
  for (let pass = 0; pass < 40; pass += 1) descent.train(rows);
  const losses = new Float64Array(37);
  descent.takeLosses(losses);
  descent.measure(rows, losses);
  const f = new Float32Array(2000 * 37);
  descent.scores(rows, f);
  const state = descent.read();
  descent.close();
  return { state, losses, f };
}
