import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { engineFeatures } from '../wasm/features.ts';
import { designSuite } from './design.suite.ts';
import { loadDesign } from './wasm-design-load.ts';
import { openDesignRoom } from './wasm-design-room.ts';

if (!engineFeatures().relaxedSimd) setFlagsFromString('--experimental-wasm-relaxed-simd');

for (const fma of [true, false]) {
  const room = openDesignRoom({ fma });
  designSuite(
    fma ? 'A design in WebAssembly with FMA' : 'A design in WebAssembly without FMA',
    ({ x, rowCount, featureCount }) => {
      const scaling = { shift: new Float64Array(featureCount), factor: new Float64Array(featureCount).fill(1) };
      const loader = loadDesign(room, { rowCount, featureCount }, scaling);
      assert.ok(loader !== undefined);
      loader.append(x, rowCount);
      return loader.finish();
    },
    4e-7,
  );
}
