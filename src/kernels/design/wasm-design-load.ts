import { assert } from '../../base/index.ts';
import type { Design } from './design.ts';
import { WasmDesign } from './wasm-design.ts';
import type { DesignRoom } from './wasm-design-room.ts';
import type { DesignShape, Scaling } from './wasm-design-rows.ts';

/** Rows of a design that come in block by block. */
export interface DesignLoader {
  /** The next rows, features[row * featureCount + feature], raw. At most as many as were announced in all. */
  append(features: Float32Array | Float64Array, rowCount: number): void;
  /** The design of the rows that came. The loader is used up. */
  finish(): Design;
  /** Frees the memory, instead of `finish`. */
  abandon(): void;
}

/**
 * Makes room for at most `rowCount` rows, which are standardised in double while they are written: they never lie in
 * memory twice. Undefined where 4 GiB do not hold them. A room may hold several designs.
 */
export function loadDesign(room: DesignRoom, shape: DesignShape, scaling: Scaling): DesignLoader | undefined {
  const design = WasmDesign.make(room, shape);
  if (design === undefined) return undefined;
  let written = 0;
  return {
    append(features, rowCount) {
      assert(written + rowCount <= shape.rowCount, 'no more rows come than were announced');
      design.write(features, written, rowCount, scaling);
      written += rowCount;
    },
    finish() {
      design.truncate(written);
      return design;
    },
    abandon: () => design.close(),
  };
}
