import { setFlagsFromString } from 'node:v8';
import { engineFeatures } from '../wasm/features.ts';
import { orderedTilesPlain } from '../wasm/tiles.ts';
import { denseDescent } from './dense-descent.ts';
import { descentSuite } from './descent.suite.ts';

if (!engineFeatures().relaxedSimd) setFlagsFromString('--experimental-wasm-relaxed-simd');

descentSuite('The dense descent with FMA', (shape) => denseDescent(shape, { fma: true }));
descentSuite('The dense descent without FMA, tiles of newer engines', (shape) =>
  denseDescent(shape, { fma: false, tiles: orderedTilesPlain }),
);
