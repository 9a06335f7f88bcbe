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

/** Dense records of all rows, labels included when the block has them; of float32 as Amazon's SDK writes them, or of doubles. */
export function encodeRows(
  block: Omit<RowBlock, 'labels' | 'base'> & { labels: Numbers },
  kind: 'float32' | 'float64' = 'float32',
): Uint8Array {
  const { rowCount, featureCount, features, labels } = block;
  const labelled = labels.length > 0;
  const size = kind === 'float64' ? 8 : 4;
  const tensor = (length: number) => ({ values: { kind, values: new Float32Array(length) } }) as const;
  const template = joinTemplates(
    [encodeRecord({ features: tensor(featureCount) }), ...(labelled ? [encodeRecord({ label: tensor(1) })] : [])],
    labelled ? [size * featureCount, size] : [size * featureCount],
  );
  return fillTemplate(template, rowCount, (view, offset, row) => {
    const set = (at: number, value: number): void =>
      kind === 'float64' ? view.setFloat64(at, value, true) : view.setFloat32(at, value, true);
    const base = row * featureCount;
    for (let j = 0; j < featureCount; j++) set(offset(0) + size * j, features[base + j]!);
    if (labelled) set(offset(1), labels[row]!);
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
