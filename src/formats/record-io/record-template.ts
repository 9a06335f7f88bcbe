/** Dense records written row by row: all their bytes but the numbers are the same for every row. */

import { frameRecord } from '../../framing/index.ts';
import type { Numbers, RowBlock } from '../table.ts';
import { concatBytes } from './protobuf.ts';
import { encodeRecord } from './record-protobuf.ts';

/** Where the numbers of a record lie whose bytes are otherwise the same for every row. */
export interface RecordTemplate {
  framed: Uint8Array;
  /** Byte offset of each tensor's first number. */
  offsets: readonly number[];
}

/** A framed record of dense tensors of fixed lengths, all zero. */
export function recordTemplate(
  map: 'features' | 'label',
  tensors: Readonly<Record<string, TensorShape>>,
): RecordTemplate {
  const entries = Object.entries(tensors).map(([key, { kind, length }]) =>
    encodeRecord({ [map]: { [key]: { kind, values: new Float32Array(length) } } }),
  );
  return joinTemplates(
    entries,
    Object.values(tensors).map(({ kind, length }) => length * (kind === 'float64' ? 8 : 4)),
  );
}

export interface TensorShape {
  kind: 'float32' | 'float64';
  length: number;
}

function joinTemplates(entries: readonly Uint8Array[], byteLengths: readonly number[]): RecordTemplate {
  let end = 8;
  const offsets = entries.map((entry, index) => {
    end += entry.length;
    return end - byteLengths[index]!;
  });
  return { framed: frameRecord(concatBytes(entries)), offsets };
}

/** Dense float32 records of all rows, labels included when the block has them; as Amazon's SDK writes them. */
export function encodeRows(block: Omit<RowBlock, 'labels' | 'base'> & { labels: Numbers }): Uint8Array {
  const { rowCount, featureCount, features, labels } = block;
  const labelled = labels.length > 0;
  const tensor = (length: number) => ({ values: { kind: 'float32', values: new Float32Array(length) } }) as const;
  const template = joinTemplates(
    [encodeRecord({ features: tensor(featureCount) }), ...(labelled ? [encodeRecord({ label: tensor(1) })] : [])],
    labelled ? [4 * featureCount, 4] : [4 * featureCount],
  );
  return fillTemplate(template, rowCount, (view, offset, row) => {
    const base = row * featureCount;
    for (let j = 0; j < featureCount; j++) view.setFloat32(offset(0) + 4 * j, features[base + j]!, true);
    if (labelled) view.setFloat32(offset(1), labels[row]!, true);
  });
}

/** The template once for each row, its numbers set by `fill`, which is given the byte offset of each tensor. */
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
