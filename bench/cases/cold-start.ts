import { cpuMs, wallMs } from '../framework/measure.ts';

// A process of its own: prints wall and CPU milliseconds from importing the kernels to the end of the first training.
const rowCount = 569;
const x = Float32Array.from({ length: rowCount * 30 }, (_, at) => Math.sin(at * at));
const y = Float32Array.from({ length: rowCount }, (_, row) => row % 2);
const cpuFrom = cpuMs();
const wallFrom = wallMs();
const { descentShape, shapes } = await import('./shapes.ts');
const { openDescent } = await import('../kernels-under-test.ts');
const { descent, close } = openDescent(descentShape(shapes.A, 600), { threads: 1 });
descent.x.set(x);
descent.y.set(y);
for (let epoch = 0; epoch < 15; epoch += 1) descent.train(rowCount);
close();
console.log(JSON.stringify([wallMs() - wallFrom, cpuMs() - cpuFrom]));
