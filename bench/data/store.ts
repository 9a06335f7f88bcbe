import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { RowSource } from '../../src/formats/index.ts';
import { cacheFolder, samplesRoot } from '../framework/places.ts';
import { publicFile } from './public-files.ts';
import { type DenseRows, denseRows, type SparseRows, sparseRows, standardise } from './synthetic.ts';

/** Dense rows in memory and, for peers in other processes, as raw little-endian float32 files. */
export interface DenseSet extends DenseRows {
  kind: 'dense';
  name: string;
  rowCount: number;
  featureCount: number;
  /** Path without the ending: `.x` and `.y` are there. */
  path: string;
}

export interface SparseSet extends SparseRows {
  kind: 'sparse';
  name: string;
  rowCount: number;
  featureCount: number;
  /** Path without the ending: `.rows` and `.columns` (uint32), `.values` and `.y` (float32) are there. */
  path: string;
}

export type DataStore = ReturnType<typeof openDataStore>;

/** Data sets by shape, made once from fixed seeds and kept below bench/.cache. */
export function openDataStore(log: (text: string) => void) {
  const folder = cacheFolder('data');

  function dense(name: string, featureCount: number, make: () => DenseRows): DenseSet {
    const path = join(folder, name);
    if (!existsSync(`${path}.y`)) {
      log(`making the data set ${name}`);
      const made = make();
      writeRaw(`${path}.x`, made.x);
      writeRaw(`${path}.y`, made.y);
    }
    const y = floatsOf(`${path}.y`);
    return { kind: 'dense', name, path, featureCount, rowCount: y.length, x: floatsOf(`${path}.x`), y };
  }

  function sparse(name: string, featureCount: number, make: () => SparseRows): SparseSet {
    const path = join(folder, name);
    if (!existsSync(`${path}.y`)) {
      log(`making the data set ${name}`);
      const made = make();
      writeRaw(`${path}.rows`, made.rowStart);
      writeRaw(`${path}.columns`, made.columns);
      writeRaw(`${path}.values`, made.values);
      writeRaw(`${path}.y`, made.y);
    }
    const y = floatsOf(`${path}.y`);
    const rowStart = wordsOf(`${path}.rows`);
    const columns = wordsOf(`${path}.columns`);
    return {
      kind: 'sparse',
      name,
      path,
      featureCount,
      rowCount: y.length,
      rowStart,
      columns,
      values: floatsOf(`${path}.values`),
      y,
    };
  }

  return {
    /** Synthetic rows with `classes` classes; 0 for a real target. */
    synthetic: (rowCount: number, d: number, classes = 2, seed = 1): DenseSet =>
      dense(`dense-${rowCount}x${d}-${classes}-${seed}`, d, () => denseRows(rowCount, d, classes, seed)),
    /** The rows of a set with labels of their own, row by row. */
    labelled(set: DenseSet, name: string, label: (x: Float32Array) => number): DenseSet {
      const d = set.featureCount;
      const labels = () => Float32Array.from(set.y, (_, row) => label(set.x.subarray(row * d, (row + 1) * d)));
      return dense(name, d, () => ({ x: set.x, y: labels() }));
    },
    syntheticSparse: (rowCount: number, d: number, perRow = 14, seed = 7): SparseSet =>
      sparse(`sparse-${rowCount}x${d}-${perRow}-${seed}`, d, () => sparseRows(rowCount, d, perRow, seed)),
    /** The first, or the remaining, rows of a set as a set of their own. */
    part(set: DenseSet | SparseSet, from: number, to: number): DenseSet | SparseSet {
      const name = `${set.name}-rows${from}-${to}`;
      if (set.kind === 'sparse') return sparse(name, set.featureCount, () => cutSparse(set, from, to));
      const d = set.featureCount;
      return dense(name, d, () => ({ x: set.x.slice(from * d, to * d), y: set.y.slice(from, to) }));
    },
    /** Wisconsin breast cancer, standardised, shuffled by a fixed seed; 1 is malignant. */
    wdbc: (): DenseSet => dense('wdbc', 30, readWdbcRows),
    /** Cover type, the first 20,000 rows: class 2 against the others. Throws where the file is missing. */
    covertype: (): DenseSet =>
      dense('covertype', 54, () => readCovertype(publicFile('covtype/covtype-first20k.csv.gz'))),
  };
}

const writeRaw = (path: string, values: Float32Array | Uint32Array): void => {
  // Written aside and renamed, so that a run that was interrupted leaves no half of a file.
  writeFileSync(`${path}.part`, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  renameSync(`${path}.part`, path);
};

function bytesOf(path: string): ArrayBuffer {
  const file = readFileSync(path);
  return file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength) as ArrayBuffer;
}

const floatsOf = (path: string): Float32Array<ArrayBuffer> => new Float32Array(bytesOf(path));
const wordsOf = (path: string): Uint32Array<ArrayBuffer> => new Uint32Array(bytesOf(path));

function cutSparse(set: SparseSet, from: number, to: number): SparseRows {
  const [first, last] = [set.rowStart[from] ?? 0, set.rowStart[to] ?? 0];
  return {
    rowStart: set.rowStart.slice(from, to + 1).map((place) => place - first),
    columns: set.columns.slice(first, last),
    values: set.values.slice(first, last),
    y: set.y.slice(from, to),
  };
}

function readWdbcRows(): DenseRows {
  const text = readFileSync(join(samplesRoot, 'datasets/tabular/breast_cancer/wdbc.csv'), 'utf8');
  const rows = shuffled(text.trimEnd().split('\n')).map((row) => row.split(','));
  const x = Float32Array.from(rows.flatMap((row) => row.slice(2).map(Number)));
  standardise(x, rows.length, 30);
  return { x, y: Float32Array.from(rows, (row) => (row[1] === 'M' ? 1 : 0)) };
}

function readCovertype(file: string): DenseRows {
  const text = gunzipSync(readFileSync(file)).toString('latin1');
  const lines = text.trimEnd().split(/\r?\n/);
  const rows = shuffled(lines.filter((row) => /^[\d.,-]+$/.test(row))).map((row) => row.split(',').map(Number));
  const x = Float32Array.from(rows.flatMap((row) => row.slice(0, 54)));
  standardise(x, rows.length, 54);
  return { x, y: Float32Array.from(rows, (row) => (row[54] === 2 ? 1 : 0)) };
}

/** In an order that depends on the rows alone. */
function shuffled(rows: readonly string[]): string[] {
  let state = 12345;
  const keyed = rows.map((row) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return { row, key: state };
  });
  return keyed.sort((a, b) => a.key - b.key).map(({ row }) => row);
}

const blockCells = 1 << 20;

/** A set as the learner reads it. Dense rows are handed on as they lie in memory. */
export function sourceOfSet(set: DenseSet | SparseSet, name = 'train'): RowSource {
  const d = set.featureCount;
  if (set.kind === 'dense') {
    const { x: features, rowCount } = set;
    const labels = Float64Array.from(set.y);
    return {
      name,
      featureCount: d,
      async *blocks() {
        yield { rowCount, featureCount: d, features, labels };
      },
    };
  }
  return {
    name,
    featureCount: d,
    async *blocks() {
      const rowsMax = Math.max(1, Math.floor(blockCells / d));
      for (let from = 0; from < set.rowCount; from += rowsMax) yield expanded(set, from, rowsMax);
    },
    async *sparseBlocks() {
      const { rowCount, rowStart, columns, values } = set;
      const labels = Float64Array.from(set.y);
      yield { rowCount, featureCount: d, rowStart, columns, values, labels };
    },
  };
}

function expanded(set: SparseSet, from: number, rowsMax: number) {
  const d = set.featureCount;
  const rowCount = Math.min(rowsMax, set.rowCount - from);
  const features = new Float32Array(rowCount * d);
  for (let row = 0; row < rowCount; row += 1) {
    const end = set.rowStart[from + row + 1] ?? 0;
    for (let at = set.rowStart[from + row] ?? 0; at < end; at += 1) {
      features[row * d + (set.columns[at] ?? 0)] = set.values[at] ?? 0;
    }
  }
  return { rowCount, featureCount: d, features, labels: Float64Array.from(set.y.subarray(from, from + rowCount)) };
}
