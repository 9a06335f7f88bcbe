// TensorFlow.js on its wasm backend: node tfjs.mjs FOLDER_OF_NODE_MODULES REQUEST. Trains one logistic model by Adam; prints JSON.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const [folder, text] = process.argv.slice(2);
const require = createRequire(join(folder, 'package.json'));
const tf = require('@tensorflow/tfjs');
const wasm = require('@tensorflow/tfjs-backend-wasm');
wasm.setWasmPaths(`${dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}/`);
wasm.setThreadsCount?.(1);
await tf.setBackend('wasm');
await tf.ready();

const { train, test, d, alpha, budgets, limitMs, stopAt } = JSON.parse(text);
const floats = (path) => {
  const bytes = readFileSync(path);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
};
const x = floats(`${train}.x`);
const y = floats(`${train}.y`);
const testX = floats(`${test}.x`);
const testY = floats(`${test}.y`);
const now = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const size = Math.min(1000, Math.max(32, Math.floor(y.length / 20)));
const batches = [];
for (let from = 0; from < y.length; from += size) {
  const to = Math.min(y.length, from + size);
  batches.push([tf.tensor2d(x.subarray(from * d, to * d), [to - from, d]), tf.tensor2d(y.subarray(from, to), [to - from, 1])]);
}
const points = [];
const started = performance.now();
for (const budget of budgets) {
  const w = tf.variable(tf.zeros([d, 1]));
  const b = tf.variable(tf.scalar(0));
  const optimiser = tf.train.adam(0.02);
  const steps = budget * batches.length;
  let step = 0;
  const from = now();
  for (let epoch = 0; epoch < budget; epoch += 1) {
    for (const [rows, labels] of batches) {
      optimiser.learningRate = 0.02 * Math.max(0.01, 1 - step / steps);
      step += 1;
      optimiser.minimize(() =>
        tf.losses.sigmoidCrossEntropy(labels, rows.matMul(w).add(b)).add(w.square().sum().mul(alpha / 2)),
      );
    }
  }
  const weights = await w.data();
  const bias = (await b.data())[0];
  const cpuMs = now() - from;
  let total = 0;
  for (let row = 0; row < testY.length; row += 1) {
    let f = bias;
    for (let j = 0; j < d; j += 1) f += testX[row * d + j] * weights[j];
    total += Math.max(f, 0) + Math.log1p(Math.exp(-Math.abs(f))) - testY[row] * f;
  }
  points.push({ budget, cpuMs, loss: total / testY.length });
  for (const tensor of [w, b, optimiser]) tensor.dispose();
  if (total / testY.length <= stopAt || performance.now() - started > limitMs) break;
}
console.log(JSON.stringify(points));
