import { cpuMs } from '../framework/measure.ts';

// A process of its own: prints the CPU milliseconds from importing the kernels to the end of the first training.
const from = cpuMs();
const { descentShape, shapes } = await import('./shapes.ts');
const { openDescent } = await import('../kernels-under-test.ts');
const rowCount = 569;
const descent = openDescent(descentShape(shapes.A, 600), { threads: 1 });
for (let at = 0; at < rowCount * 30; at += 1) descent.x[at] = Math.sin(at * at);
for (let row = 0; row < rowCount; row += 1) descent.y[row] = row % 2;
for (let epoch = 0; epoch < 15; epoch += 1) descent.train(rowCount);
descent.close();
console.log(cpuMs() - from);
