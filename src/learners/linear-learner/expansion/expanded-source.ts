import { DataError } from '../../../base/index.ts';
import type { RowSource } from '../../../formats/index.ts';
import { makeExpander } from './expander.ts';
import type { Expansion } from './expansion.ts';

/** Values of one expanded block, in either precision: small enough for a processor's cache. */
const blockCells = 2 ** 16;

/**
 * The rows of a source with their terms, made block by block while they are read; no more than one block is ever there,
 * and the next one reuses its memory. Doubles are expanded as doubles. Throws DataError when the source's rows do not fit
 * the expansion.
 */
export function expandedSource(source: RowSource, expansion: Expansion): RowSource {
  const { featureCount, expandedCount, expand } = makeExpander(expansion);
  if (source.featureCount !== featureCount) {
    throw new DataError(
      `The rows of the ${source.name} channel have ${source.featureCount} features, but powers and products are of ${featureCount}`,
      { source: source.name, value: source.featureCount },
    );
  }
  const rowsMax = Math.max(1, Math.floor(blockCells / expandedCount));
  return {
    name: source.name,
    featureCount: expandedCount,
    async *blocks() {
      const single = new Float32Array(rowsMax * expandedCount);
      let double: Float64Array | undefined;
      for await (const block of source.blocks()) {
        const isSingle = block.features instanceof Float32Array && block.base === undefined;
        if (!isSingle) double ??= new Float64Array(rowsMax * expandedCount);
        const features = isSingle ? single : double!;
        for (let from = 0; from < block.rowCount; from += rowsMax) {
          const rowCount = Math.min(rowsMax, block.rowCount - from);
          expand(block, from, rowCount, features);
          yield {
            rowCount,
            featureCount: expandedCount,
            features: features.subarray(0, rowCount * expandedCount),
            labels: block.labels.subarray(from, from + rowCount),
          };
        }
      }
    },
    ...(source.progress && { progress: () => source.progress!() }),
  };
}
