/** A thread that computes for another one. */
import { parentPort } from 'node:worker_threads';
import { serveKernels } from '../../../kernels/index.ts';

const port = parentPort;
if (port !== null) serveKernels((handle) => port.on('message', handle));
