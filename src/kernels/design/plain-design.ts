import { assert } from '../../base/index.ts';
import type { Design } from './design.ts';
import { rowProducts } from './row-products.ts';

/** Rows of a plain design: x[row * stride + feature], kept as they are, not copied. */
export interface PlainRows {
  x: Float32Array | Float64Array;
  rowCount: number;
  featureCount: number;
  /** Numbers from one row to the next; as many as features when left out. */
  stride?: number;
}

/** A design in plain TypeScript, in double arithmetic whatever its rows are: oracle of faster ones, and the most exact. */
export class PlainDesign implements Design {
  readonly rowCount: number;
  readonly featureCount: number;
  readonly #x: Float32Array | Float64Array;
  readonly #stride: number;

  constructor({ x, rowCount, featureCount, stride = featureCount }: PlainRows) {
    assert(rowCount === 0 || x.length >= (rowCount - 1) * stride + featureCount, 'a design has all its cells');
    this.#stride = stride;
    this.#x = x;
    this.rowCount = rowCount;
    this.featureCount = featureCount;
  }

  scores(theta: Float64Array, K: number, f: Float64Array): void {
    if (K === 1) scoresOfOne(this.#x, this.#stride, this.rowCount, this.featureCount, theta, f);
    else scoresOfMany(this.#x, this.#stride, this.rowCount, this.featureCount, theta, K, f);
  }

  gradient(delta: Float64Array, K: number, g: Float64Array): void {
    if (K === 1) gradientOfOne(this.#x, this.#stride, this.rowCount, this.featureCount, delta, g);
    else gradientOfMany(this.#x, this.#stride, this.rowCount, this.featureCount, delta, K, g);
  }

  gram(c: Float64Array, h: Float64Array): void {
    gramOf(this.#x, this.#stride, this.rowCount, this.featureCount, c, h);
  }

  products(): Float64Array {
    const { rowCount, featureCount } = this;
    const read = (row: number, from: number, to: number, into: Float64Array, at: number): void => {
      into.set(this.#x.subarray(row * this.#stride + from, row * this.#stride + to), at);
    };
    return rowProducts({ rowCount, featureCount, read });
  }

  read(rows: Uint32Array): Float32Array {
    const d = this.featureCount;
    const features = new Float32Array(rows.length * d);
    for (let at = 0; at < rows.length; at += 1) {
      const from = rows[at] * this.#stride;
      for (let j = 0; j < d; j += 1) features[at * d + j] = this.#x[from + j];
    }
    return features;
  }

  pick(rows: Uint32Array): PlainDesign {
    const d = this.featureCount;
    const cells = rows.length * d;
    const x = this.#x instanceof Float64Array ? new Float64Array(cells) : new Float32Array(cells);
    for (let at = 0; at < rows.length; at += 1) {
      const from = rows[at] * this.#stride;
      x.set(this.#x.subarray(from, from + d), at * d);
    }
    return new PlainDesign({ x, rowCount: rows.length, featureCount: d });
  }

  select(features: Uint32Array): PlainDesign {
    const { rowCount } = this;
    const count = features.length;
    const cells = rowCount * count;
    const x = this.#x instanceof Float64Array ? new Float64Array(cells) : new Float32Array(cells);
    for (let row = 0; row < rowCount; row += 1) {
      for (let at = 0; at < count; at += 1) x[row * count + at] = this.#x[row * this.#stride + features[at]];
    }
    return new PlainDesign({ x, rowCount, featureCount: count });
  }

  close(): void {}
}

type Cells = Float32Array | Float64Array;

/** Four rows at a time: in one row's sum, each addition would wait for the one before. */
function scoresOfOne(
  x: Cells,
  stride: number,
  rowCount: number,
  d: number,
  theta: Float64Array,
  f: Float64Array,
): void {
  const bias = theta[d];
  let row = 0;
  for (; row + 4 <= rowCount; row += 4) {
    const r0 = row * stride;
    const r1 = r0 + stride;
    const r2 = r1 + stride;
    const r3 = r2 + stride;
    let s0 = bias;
    let s1 = bias;
    let s2 = bias;
    let s3 = bias;
    for (let j = 0; j < d; j += 1) {
      const t = theta[j];
      s0 += x[r0 + j] * t;
      s1 += x[r1 + j] * t;
      s2 += x[r2 + j] * t;
      s3 += x[r3 + j] * t;
    }
    f[row] = s0;
    f[row + 1] = s1;
    f[row + 2] = s2;
    f[row + 3] = s3;
  }
  for (; row < rowCount; row += 1) {
    let s = bias;
    for (let j = 0; j < d; j += 1) s += x[row * stride + j] * theta[j];
    f[row] = s;
  }
}

function scoresOfMany(
  x: Cells,
  stride: number,
  rowCount: number,
  d: number,
  theta: Float64Array,
  K: number,
  f: Float64Array,
): void {
  for (let row = 0; row < rowCount; row += 1) {
    const to = row * K;
    for (let k = 0; k < K; k += 1) f[to + k] = theta[d * K + k];
    for (let j = 0; j < d; j += 1) {
      const value = x[row * stride + j];
      if (value === 0) continue;
      const from = j * K;
      for (let k = 0; k < K; k += 1) f[to + k] += value * theta[from + k];
    }
  }
}

function gradientOfOne(
  x: Cells,
  stride: number,
  rowCount: number,
  d: number,
  delta: Float64Array,
  g: Float64Array,
): void {
  g.fill(0, 0, d + 1);
  let row = 0;
  for (; row + 4 <= rowCount; row += 4) {
    const d0 = delta[row];
    const d1 = delta[row + 1];
    const d2 = delta[row + 2];
    const d3 = delta[row + 3];
    const r0 = row * stride;
    const r1 = r0 + stride;
    const r2 = r1 + stride;
    const r3 = r2 + stride;
    for (let j = 0; j < d; j += 1) g[j] += d0 * x[r0 + j] + d1 * x[r1 + j] + (d2 * x[r2 + j] + d3 * x[r3 + j]);
    g[d] += d0 + d1 + (d2 + d3);
  }
  for (; row < rowCount; row += 1) {
    for (let j = 0; j < d; j += 1) g[j] += delta[row] * x[row * stride + j];
    g[d] += delta[row];
  }
}

function gradientOfMany(
  x: Cells,
  stride: number,
  rowCount: number,
  d: number,
  delta: Float64Array,
  K: number,
  g: Float64Array,
): void {
  g.fill(0, 0, (d + 1) * K);
  for (let row = 0; row < rowCount; row += 1) {
    const from = row * K;
    for (let j = 0; j < d; j += 1) {
      const value = x[row * stride + j];
      if (value === 0) continue;
      const to = j * K;
      for (let k = 0; k < K; k += 1) g[to + k] += value * delta[from + k];
    }
    const to = d * K;
    for (let k = 0; k < K; k += 1) g[to + k] += delta[from + k];
  }
}

/** Rows of one turn of `gramOf`: their columns, plain and weighted, stay in the first cache. */
const gramRows = 32;

/**
 * The lower triangle in tiles of two by four, over blocks of rows that are turned into columns first: eight sums stay
 * in registers while six values are read, about three times as fast as row after row at 30 features.
 */
function gramOf(x: Cells, stride: number, rowCount: number, d: number, c: Float64Array, h: Float64Array): void {
  const size = d + 1;
  const wide = (size + 3) & ~3;
  h.fill(0, 0, size * size);
  const plain = new Float64Array(wide * gramRows);
  const weighted = new Float64Array(wide * gramRows);
  const sums = new Float64Array(wide * wide);
  const bent = new Uint32Array(gramRows);
  let row = 0;
  while (row < rowCount) {
    // Rows without weight (beyond every kink) are many in some problems; they cost nothing.
    let count = 0;
    for (; row < rowCount && count < gramRows; row += 1) {
      if (c[row] === 0) continue;
      bent[count] = row;
      count += 1;
    }
    for (let place = 0; place < gramRows; place += 1) {
      const weight = place < count ? c[bent[place]] : 0;
      const from = (place < count ? bent[place] : 0) * stride;
      for (let j = 0; j < d; j += 1) {
        const value = place < count ? x[from + j] : 0;
        plain[j * gramRows + place] = value;
        weighted[j * gramRows + place] = weight * value;
      }
      plain[d * gramRows + place] = 1;
      weighted[d * gramRows + place] = weight;
    }
    if (count > 0) addTiles(plain, weighted, wide, sums);
  }
  for (let i = 0; i < size; i += 1) {
    for (let j = 0; j <= i; j += 1) h[i * size + j] = sums[i * wide + j];
  }
}

function addTiles(plain: Float64Array, weighted: Float64Array, wide: number, sums: Float64Array): void {
  for (let i = 0; i < wide; i += 2) {
    for (let j = 0; j <= i; j += 4) {
      const a = i * gramRows;
      const b = j * gramRows;
      let s00 = 0;
      let s01 = 0;
      let s02 = 0;
      let s03 = 0;
      let s10 = 0;
      let s11 = 0;
      let s12 = 0;
      let s13 = 0;
      for (let row = 0; row < gramRows; row += 1) {
        const w0 = weighted[a + row];
        const w1 = weighted[a + gramRows + row];
        const p0 = plain[b + row];
        const p1 = plain[b + gramRows + row];
        const p2 = plain[b + 2 * gramRows + row];
        const p3 = plain[b + 3 * gramRows + row];
        s00 += w0 * p0;
        s01 += w0 * p1;
        s02 += w0 * p2;
        s03 += w0 * p3;
        s10 += w1 * p0;
        s11 += w1 * p1;
        s12 += w1 * p2;
        s13 += w1 * p3;
      }
      const to = i * wide + j;
      sums[to] += s00;
      sums[to + 1] += s01;
      sums[to + 2] += s02;
      sums[to + 3] += s03;
      sums[to + wide] += s10;
      sums[to + wide + 1] += s11;
      sums[to + wide + 2] += s12;
      sums[to + wide + 3] += s13;
    }
  }
}
