import { setFlagsFromString } from 'node:v8';
import { engineFeatures } from '../wasm/features.ts';
import { sparseDescentSuite } from './sparse-descent.suite.ts';
import { sparseDescent } from './sparse-descent.ts';

if (!engineFeatures().relaxedSimd) setFlagsFromString('--experimental-wasm-relaxed-simd');

sparseDescentSuite('The sparse descent with FMA', (shape) => sparseDescent(shape, { fma: true }));
sparseDescentSuite('The sparse descent without FMA', (shape) => sparseDescent(shape, { fma: false }));
