import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { denseDescent } from '../descent/dense-descent.ts';
import { descentSuite, fillRows, makeShape, sameBytes, startState, variedModels } from '../descent/descent.suite.ts';
import type { DescentShape } from '../descent/descent.ts';
import { engineFeatures } from '../wasm/features.ts';
import { type KernelThread, ThreadPool } from './thread-pool.ts';

if (!engineFeatures().relaxedSimd) setFlagsFromString('--experimental-wasm-relaxed-simd');

let started = 0;

function startThread(): KernelThread {
  started += 1;
  const jobs = JSON.stringify(new URL('../thread-jobs.js', import.meta.url).href);
  const code = `import { parentPort } from 'node:worker_threads';
    import { serveKernels } from ${jobs};
    serveKernels((handle) => parentPort.on('message', handle));`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
  worker.unref();
  return { post: (message) => worker.postMessage(message), stop: () => void worker.terminate() };
}

const pool = new ThreadPool({ threads: 2, startThread, startMsMin: 0, shareMsMin: 0 });
after(() => pool.close());

descentSuite('The dense descent on two threads', (shape) => denseDescent(shape, { fma: true, pool }));

test('The bytes of a model are the same from one, two and four threads', async () => {
  const four = new ThreadPool({ threads: 4, startThread, startMsMin: 0, shareMsMin: 0 });
  after(() => four.close());
  const shape = makeShape({ featureCount: 30, models: variedModels(37, {}), batchRows: 100, chunkRows: 4000 });
  const states = await Promise.all([undefined, pool, four].map((some) => trainedLong(shape, some)));
  sameBytes(states[1], states[0]);
  sameBytes(states[2], states[0]);
});

test('Little work starts no thread', () => {
  const before = started;
  const lazy = new ThreadPool({ threads: 2, startThread });
  const shape = makeShape({ featureCount: 30, models: variedModels(32, {}), batchRows: 100, chunkRows: 6000 });
  const descent = denseDescent(shape, { fma: true, pool: lazy });
  fillRows(descent, shape, 600, 1);
  for (let pass = 0; pass < 15; pass += 1) descent.train(600);
  assert.equal(started, before);
  fillRows(descent, shape, 6000, 1);
  for (let pass = 0; pass < 80; pass += 1) descent.train(6000);
  assert.equal(started, before + 1);
  descent.close();
  lazy.close();
});

test('No more threads are started than there are jobs for', () => {
  const before = started;
  const many = new ThreadPool({ threads: 64, startThread, startMsMin: 0, shareMsMin: 0 });
  const shape = makeShape({ featureCount: 5, models: variedModels(24, {}) });
  const descent = denseDescent(shape, { fma: true, pool: many });
  fillRows(descent, shape, 200, 1);
  descent.train(200);
  assert.equal(started, before + 2);
  descent.close();
  many.close();
});

test('A job that fails on any thread fails for the caller', () => {
  const crew = pool.open('dense', {
    memory: new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }),
    plans: [],
  });
  assert.throws(() => crew.run('train', 2, [1, 0], 1));
  crew.close();
});

/** Lets the threads come up between the chunks, so that they take part. */
async function trainedLong(shape: DescentShape, some: ThreadPool | undefined) {
  const descent = denseDescent(shape, { fma: true, ...(some && { pool: some }) });
  descent.write(startState(descent, shape, 5));
  fillRows(descent, shape, 4000, 9);
  for (let pass = 0; pass < 20; pass += 1) {
    descent.train(4000);
    await new Promise(setImmediate);
  }
  const state = descent.read();
  descent.close();
  return state;
}
