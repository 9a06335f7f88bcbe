import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { type KernelThread, ThreadPool } from '../threads/thread-pool.ts';
import { engineFeatures } from '../wasm/features.ts';
import { designOf, randomOf, rowsOf } from './wasm-design.testing.ts';
import { openDesignRoom } from './wasm-design-room.ts';

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

test('Results are the same to the byte from one, two and four threads', () => {
  const rows = rowsOf(20_000, 17, { binary: true });
  const delta = Float64Array.from({ length: 3 * 20_000 }, randomOf(3));
  const resultsOf = (threads: number): Uint8Array[] => {
    const pool = new ThreadPool({ threads, startThread, startMsMin: 0, shareMsMin: 0 });
    const room = openDesignRoom({ fma: true, openCrew: (jobs) => pool.open('design', jobs) });
    const design = designOf(room, rows);
    const { labels, theta } = rows;
    const swept = design.sweep({ loss: { kind: 'logistic' }, theta, labels, positiveWeight: 2, width: 0, gram: true });
    const [g, f, h] = [new Float64Array(18 * 3), new Float64Array(20_000 * 3), new Float64Array(18 ** 2)];
    for (let turn = 0; turn < 60; turn += 1) {
      design.gradient(delta, 3, g);
      design.scores(g, 3, f);
      design.gram(delta.subarray(0, 20_000), h);
    }
    const one = new Float64Array(18);
    design.pick(Uint32Array.from({ length: 9000 }, (_, at) => 2 * at)).gradient(delta.subarray(0, 9000), 1, one);
    room.close();
    pool.close();
    assert.ok(swept?.gram !== undefined);
    return [Float64Array.of(swept.value), swept.gradient, swept.gram, g, f, h, one].map(
      (a) => new Uint8Array(a.buffer),
    );
  };
  const alone = resultsOf(1);
  for (const threads of [2, 4]) assert.deepEqual(resultsOf(threads), alone);
});
