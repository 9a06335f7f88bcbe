import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { samplesRoot } from '../framework/places.ts';
import { publicFile } from './public-files.ts';
import { uniformFrom } from './random.ts';

/** A published table as numbers: categories spread over indicator columns, rows in an order that depends on them alone. */
export interface PublicSet {
  name: string;
  kind: 'regression' | 'binary' | 'multiclass';
  classes: number;
  rowCount: number;
  featureCount: number;
  x: Float64Array;
  y: Float64Array;
}

type Raw = Pick<PublicSet, 'kind'> & { table: readonly (readonly string[])[]; labelColumn: number };

/** Every set, cut to `rowsMax` rows, or why there is none. */
export function publicSets(rowsMax: number): (PublicSet | MissingSet)[] {
  return Object.entries(sets).map(([name, read]) => {
    try {
      return numbersOf(name, read(), rowsMax);
    } catch (error) {
      return { name, missing: (error as Error).message };
    }
  });
}

/** A set whose file is missing. */
export interface MissingSet {
  name: string;
  missing: string;
}

const sets: Readonly<Record<string, () => Raw>> = {
  wdbc: () => ({
    kind: 'binary',
    table: cells(readFileSync(join(samplesRoot, 'datasets/tabular/breast_cancer/wdbc.csv'))).map((row) => row.slice(1)),
    labelColumn: 0,
  }),
  iris: () => csv('iris/iris.csv', 'multiclass', 4),
  abalone: () => csv('abalone/abalone.csv', 'regression', 8),
  'wine, red': () => csv('wine-quality/winequality-red.csv', 'regression', 11),
  'wine, white': () => csv('wine-quality/winequality-white.csv', 'regression', 11),
  'california housing': () => csv('california-housing/cal_housing.csv.gz', 'regression', 8),
  adult: () => csv('adult/adult-train.csv.gz', 'binary', 14),
  a9a: () => libsvm('a9a/a9a.libsvm.gz'),
  agaricus: () => libsvm('agaricus/agaricus.txt.train.gz'),
  'cover type': () => csv('covtype/covtype-first20k.csv.gz', 'multiclass', 54),
  digits: () => csv('digits/digits.csv.gz', 'multiclass', 64),
  mnist: () => images(),
};

function bytesOf(path: string): Buffer {
  const bytes = readFileSync(publicFile(path));
  return path.endsWith('.gz') ? gunzipSync(bytes) : bytes;
}

const cells = (bytes: Buffer): string[][] =>
  bytes
    .toString('latin1')
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => line.split(',').map((cell) => cell.trim()));

function csv(path: string, kind: Raw['kind'], labelColumn: number): Raw {
  const table = cells(bytesOf(path));
  const isHeader = table[0]!.every((cell) => Number.isNaN(Number(cell)));
  return { kind, table: table.slice(Number(isHeader)), labelColumn };
}

function libsvm(path: string): Raw {
  const lines = bytesOf(path).toString('latin1').trimEnd().split(/\s*\n/);
  const rows = lines.map((line) => line.trim().split(' '));
  // Columns of a row are in order, so that the last cell has the highest.
  const d = rows.reduce((most, row) => Math.max(most, Number(row.at(-1)!.split(':')[0])), 0);
  const table = rows.map(([label, ...stored]) => {
    const row = new Array<string>(d + 1).fill('0');
    row[d] = label!;
    for (const cell of stored) {
      const [column, value] = cell.split(':');
      row[Number(column) - 1] = value!;
    }
    return row;
  });
  return { kind: 'binary', table, labelColumn: d };
}

function images(): Raw {
  const pixels = bytesOf('mnist/train10k-images-idx3-ubyte.gz');
  const labels = bytesOf('mnist/train10k-labels-idx1-ubyte.gz');
  const table = Array.from(labels.subarray(8), (label, row) => {
    const from = 16 + row * 784;
    return [...Array.from(pixels.subarray(from, from + 784), String), String(label)];
  });
  return { kind: 'multiclass', table, labelColumn: 784 };
}

function numbersOf(name: string, { kind, table, labelColumn }: Raw, rowsMax: number): PublicSet {
  const random = uniformFrom(table.length);
  const rows = table
    .map((row) => ({ row, key: random() }))
    .sort((a, b) => a.key - b.key)
    .slice(0, rowsMax)
    .map(({ row }) => row);
  const columns: Float64Array[] = [];
  for (let column = 0; column < rows[0]!.length; column += 1) {
    if (column === labelColumn) continue;
    const texts = rows.map((row) => row[column]!);
    const isNumber = texts.every((text) => text === '' || !Number.isNaN(Number(text)));
    if (isNumber) columns.push(Float64Array.from(texts, Number));
    // The first of the levels is what all indicators at 0 stand for.
    else
      for (const level of levelsOf(texts).slice(1))
        columns.push(Float64Array.from(texts, (text) => Number(text === level)));
  }
  const varied = columns.filter((column) => column.some((value) => value !== column[0]));
  const featureCount = varied.length;
  const x = new Float64Array(rows.length * featureCount);
  varied.forEach((column, j) => {
    column.forEach((value, row) => {
      x[row * featureCount + j] = value;
    });
  });
  const labels = rows.map((row) => row[labelColumn]!);
  const levels = kind === 'regression' ? [] : levelsOf(labels);
  const y = Float64Array.from(labels, (label) => (kind === 'regression' ? Number(label) : levels.indexOf(label)));
  return { name, kind, classes: levels.length, rowCount: rows.length, featureCount, x, y };
}

const levelsOf = (texts: readonly string[]): string[] => [...new Set(texts)].sort();
