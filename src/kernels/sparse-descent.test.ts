import { setFlagsFromString } from 'node:v8';
import { sparseDescentSuite } from './sparse-descent.suite.ts';
import { sparseDescent } from './sparse-descent.ts';
import { engineFeatures } from './wasm/features.ts';

if (!engineFeatures().relaxedSimd) setFlagsFromString('--experimental-wasm-relaxed-simd');

sparseDescentSuite('The sparse descent with FMA', (shape) => sparseDescent(shape, { fma: true }));
sparseDescentSuite('The sparse descent without FMA', (shape) => sparseDescent(shape, { fma: false }));
