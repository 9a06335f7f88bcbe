import type { RowBlock, RowSource } from '../../formats/index.ts';

/** The source with its features rounded to single precision, as the model that is trained on them or scores them knows them. */
export const singleSource = (source: RowSource): RowSource => roundedSource(source, { labels: false });

/** The source as the original reads it: all numbers in single precision. */
export const originalSource = (source: RowSource): RowSource => roundedSource(source, { labels: true });

function roundedSource(source: RowSource, { labels }: { labels: boolean }): RowSource {
  const rounded = <Block extends { labels: Float64Array }>(block: Block): Block =>
    labels ? { ...block, labels: block.labels.map(Math.fround) } : block;
  return {
    ...source,
    async *blocks() {
      for await (const block of source.blocks()) yield rounded(singleBlock(block));
    },
    ...(source.sparseBlocks && {
      async *sparseBlocks() {
        for await (const block of source.sparseBlocks!()) yield rounded(block);
      },
    }),
  };
}

function singleBlock(block: RowBlock): RowBlock {
  const { features, base, rowCount, featureCount, labels } = block;
  if (base === undefined)
    return features instanceof Float32Array ? block : { ...block, features: new Float32Array(features) };
  const values = new Float32Array(rowCount * featureCount);
  for (let row = 0, at = 0; row < rowCount; row += 1) {
    for (let j = 0; j < featureCount; j += 1, at += 1) values[at] = base[j] + features[at];
  }
  return { rowCount, featureCount, features: values, labels };
}
