/** Dense float32 records written row by row: all their bytes but the floats are the same for every row. */
import { concatBytes } from './protobuf.ts';
import { frameRecord } from './record-io.ts';
import { encodeRecord } from './record-protobuf.ts';
import type { RowBlock } from './table.ts';

/** Where the floats of a record lie whose bytes are otherwise the same for every row. */
export interface RecordTemplate {
  framed: Uint8Array;
  /** Byte offset of each tensor's first float. */
  offsets: readonly number[];
}

/** A framed record of dense float32 tensors of fixed lengths, all zero. */
export function recordTemplate(map: 'features' | 'label', lengths: Readonly<Record<string, number>>): RecordTemplate {
  const entries = Object.entries(lengths).map(([key, length]) =>
    encodeRecord({ [map]: { [key]: { kind: 'float32', values: new Float32Array(length) } } }),
  );
  return joinTemplates(entries, Object.values(lengths));
}

function joinTemplates(entries: readonly Uint8Array[], lengths: readonly number[]): RecordTemplate {
  let end = 8;
  const offsets = entries.map((entry, index) => {
    end += entry.length;
    return end - 4 * lengths[index]!;
  });
  return { framed: frameRecord(concatBytes(entries)), offsets };
}

/** Dense float32 records of all rows, labels included when the block has them; as Amazon's SDK writes them. */
export function encodeRows(block: RowBlock): Uint8Array {
  const { rowCount, featureCount, features, labels } = block;
  const labelled = labels.length > 0;
  const tensor = (length: number) => ({ values: { kind: 'float32', values: new Float32Array(length) } }) as const;
  const template = joinTemplates(
    [encodeRecord({ features: tensor(featureCount) }), ...(labelled ? [encodeRecord({ label: tensor(1) })] : [])],
    labelled ? [featureCount, 1] : [featureCount],
  );
  return fillTemplate(template, rowCount, (view, offset, row) => {
    const base = row * featureCount;
    for (let j = 0; j < featureCount; j++) view.setFloat32(offset(0) + 4 * j, features[base + j]!, true);
    if (labelled) view.setFloat32(offset(1), labels[row]!, true);
  });
}

/** The template once for each row, its floats set by `fill`, which is given the byte offset of each tensor. */
export function fillTemplate(
  template: RecordTemplate,
  rowCount: number,
  fill: (view: DataView, offset: (tensor: number) => number, row: number) => void,
): Uint8Array {
  const { framed, offsets } = template;
  const out = new Uint8Array(rowCount * framed.length);
  const view = new DataView(out.buffer);
  for (let row = 0, start = 0; row < rowCount; row++, start += framed.length) {
    out.set(framed, start);
    fill(view, (tensor) => start + offsets[tensor]!, row);
  }
  return out;
}
