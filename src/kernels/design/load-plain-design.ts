import { assert } from '../../base/index.ts';
import { PlainDesign } from './plain-design.ts';
import type { DesignLoader } from './wasm-design-load.ts';
import type { DesignShape, Scaling } from './wasm-design-rows.ts';

/** Room for the rows of a plain design, in single precision like the faster ones. */
export function loadPlainDesign({ featureCount: d, rowCount }: DesignShape, { shift, factor }: Scaling): DesignLoader {
  const x = new Float32Array(rowCount * d);
  let written = 0;
  return {
    append(features, count) {
      assert(written + count <= rowCount, 'no more rows come than were announced');
      for (let row = 0; row < count; row += 1) {
        for (let j = 0; j < d; j += 1) x[(written + row) * d + j] = (features[row * d + j] - shift[j]) * factor[j];
      }
      written += count;
    },
    finish: () => new PlainDesign({ x, rowCount: written, featureCount: d }),
    abandon: () => {},
  };
}
