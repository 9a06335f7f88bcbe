import type { RowBlock, RowSource } from '../../formats/index.ts';

/** The source with its features rounded to single precision, as the model that is trained on them or scores them knows them. */
export const singleSource = (source: RowSource): RowSource => roundedSource(source, { labels: false });

/** The source as the original reads it: all numbers in single precision. */
export const originalSource = (source: RowSource): RowSource => roundedSource(source, { labels: true });

function roundedSource(source: RowSource, { labels }: { labels: boolean }): RowSource {
  return {
    ...source,
    async *blocks() {
      const room = makeRoom();
      for await (const block of source.blocks()) {
        const single = singleBlock(block, room);
        yield labels ? { ...single, labels: singleLabels(block.labels, room) } : single;
      }
    },
    ...(source.sparseBlocks && {
      async *sparseBlocks() {
        const room = makeRoom();
        for await (const block of source.sparseBlocks!())
          yield labels ? { ...block, labels: singleLabels(block.labels, room) } : block;
      },
    }),
  };
}

/** Memory that all blocks of a pass use in turn. */
interface Room {
  features: Float32Array;
  labels: Float64Array;
}

const makeRoom = (): Room => ({ features: new Float32Array(0), labels: new Float64Array(0) });

/** Rows that are in single precision as they stand are not copied. */
function singleBlock({ base, ...block }: RowBlock, room: Room): RowBlock {
  const { features, rowCount, featureCount } = block;
  const isBaseless = base === undefined || base.every((value) => value === 0);
  if (isBaseless && features instanceof Float32Array) return block;
  const count = rowCount * featureCount;
  if (room.features.length < count) room.features = new Float32Array(count);
  const values = room.features.subarray(0, count);
  if (isBaseless) values.set(features.subarray(0, count));
  else {
    for (let row = 0, at = 0; row < rowCount; row += 1) {
      for (let j = 0; j < featureCount; j += 1, at += 1) values[at] = base[j] + features[at];
    }
  }
  return { ...block, features: values };
}

function singleLabels(labels: Float64Array, room: Room): Float64Array {
  if (room.labels.length < labels.length) room.labels = new Float64Array(labels.length);
  const rounded = room.labels.subarray(0, labels.length);
  for (let row = 0; row < labels.length; row += 1) rounded[row] = Math.fround(labels[row]);
  return rounded;
}
