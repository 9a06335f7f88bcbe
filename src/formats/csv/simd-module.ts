/**
 * The loops of the vector decoder of CSV. `scan` finds where cells and rows end, 64 bytes at a time; `convert` makes four
 * cells at a time to doubles; `part` takes labels and features apart.
 */
import { assembly } from '../../kernels/index.ts';
import { crlf, defineCell, eightDigits, fourDigits, words } from './simd-cell.ts';
import { csvLayout, quickLengthMax } from './simd-layout.ts';

const { bits, callTo, f64, f64x2, f64x2FromI32x4, i8x16, i32, i32x4, i64, loadHigh64, v128, WasmModule } = assembly;
type Expression = assembly.Expression;
type FunctionBuilder = assembly.FunctionBuilder;
type Local = assembly.Local;

export interface CsvFunctions {
  /**
   * Lists the ends of cells from `from` on, up to the first row that does not have `columns` cells, or `to`, behind which there
   * are 64 bytes without a line feed. Returns how many rows there are before that.
   */
  scan: (from: number, to: number, columns: number) => number;
  /**
   * Doubles of `count` cells; `ends` is the address of the entry before the first's, and up to three entries behind
   * the last's are looked at. Returns how many cells were decided, less than `count` where one is not.
   */
  convert: (ends: number, count: number, out: number) => number;
  /** Copies rows of one label and features. */
  part: (rows: number, columns: number) => void;
}

export function csvModule(): assembly.WasmModule {
  const module = new WasmModule({ shared: false });
  defineScan(module);
  defineConvert(module, defineCell(module));
  definePart(module);
  return module;
}

const LF = 10;
const COMMA = 44;
const MINUS = 45;
const DOT = 46;

function defineScan(module: assembly.WasmModule): void {
  module.define(
    'scan',
    { from: 'i32', to: 'i32', columns: 'i32' },
    'i32',
    (f, { from, to, columns }) => {
      const [next, group, rows, rowEnd, at] = f.locals('i32', 5);
      const [cells, lines, low] = f.locals('i64', 3);
      const text = f.locals('v128', 4);
      const [comma, lf] = f.locals('v128', 2);
      f.set(comma, i8x16.of([COMMA]));
      f.set(lf, i8x16.of([LF]));
      f.store(i32.of(csvLayout.ends), i32.sub(from, 1));
      f.set(next, csvLayout.ends + 4);
      f.set(rowEnd, i32.add(csvLayout.ends, i32.shl(columns, 2)));
      f.while(
        () => i32.lt(from, to),
        () => {
          for (const [k, x] of text.entries()) f.set(x, v128.load(from, 16 * k));
          f.set(lines, maskOf(text.map((x) => i8x16.eq(x, lf))));
          f.set(cells, i64.or(lines, maskOf(text.map((x) => i8x16.eq(x, comma)))));
          f.while(
            () => i64.ne(lines, 0),
            () => {
              f.set(low, i64.and(lines, i64.sub(0, lines)));
              f.set(at, i32.add(next, i32.shl(bits.count64(i64.and(cells, i64.sub(low, 1))), 2)));
              f.if(i32.ne(at, rowEnd), () => {
                writeEnds(f, { cells, group, next, from });
                writeStops(f, { next, from });
                f.leave(rows);
              });
              f.advance(rows, 1);
              f.set(rowEnd, i32.add(rowEnd, i32.shl(columns, 2)));
              f.set(lines, i64.xor(lines, low));
            },
          );
          writeEnds(f, { cells, group, next, from });
          f.advance(from, 64);
        },
      );
      writeStops(f, { next, from });
      f.give(rows);
    },
    { exported: true },
  );
}

/** Sign bits of 64 bytes. */
function maskOf(vectors: readonly Expression[]): Expression {
  const [a, b, c, d] = vectors.map((x) => i64.fromI32(bits.ofBytes(x))) as [
    Expression,
    Expression,
    Expression,
    Expression,
  ];
  return i64.or(i64.or(a, i64.shl(b, 16)), i64.or(i64.shl(c, 32), i64.shl(d, 48)));
}

/** Writes eight ends at once, wanted or not: a branch for each would be guessed wrongly too often. */
function writeEnds(
  f: FunctionBuilder,
  { cells, group, next, from }: { cells: Local; group: Local; next: Local; from: Local },
): void {
  f.set(group, next);
  f.set(next, i32.add(next, i32.shl(bits.count64(cells), 2)));
  f.doWhile(
    () => {
      for (let k = 0; k < 8; k++) {
        f.store(group, i32.add(from, bits.trailingZeros64(cells)), 4 * k);
        f.set(cells, i64.and(cells, i64.sub(cells, 1)));
      }
      f.advance(group, 32);
    },
    () => i32.lt(group, next),
  );
}

/**
 * Four more ends, at an address within the memory: `convert` looks at four cells at a time, so up to three behind the
 * last, and whatever an earlier text left there, or nothing, may lead it out of the memory.
 */
const writeStops = (f: FunctionBuilder, { next, from }: { next: Local; from: Local }): void =>
  f.store(next, i32x4.splat(from));

function defineConvert(module: assembly.WasmModule, cell: assembly.FunctionRef): void {
  module.define(
    'convert',
    { ends: 'i32', count: 'i32', out: 'i32' },
    'i32',
    (f, { ends, count, out }) => {
      const [last, done, left, skipped, start, end, length, lengths, dot, sign] = f.locals('i32', 10);
      const value = f.local('f64');
      const scale = f.locals('i32', 4);
      const digits = f.locals('v128', 4);
      const bad = f.local('v128');
      const pairs = f.locals('v128', 2);
      const quads = f.locals('v128', 2);
      // Four cells at a time to their values; those that are not decided, as bits.
      const quick = (): void => {
        f.set(last, i32.load(ends));
        for (let k = 0; k < 4; k++) {
          // The cell without its sign and a carriage return before the line feed.
          f.set(start, i32.add(last, 1));
          f.set(end, i32.load(ends, 4 + 4 * k));
          f.set(last, end);
          f.set(sign, i32.eq(bits.load8(start), MINUS));
          f.set(start, i32.add(start, sign));
          f.set(length, i32.sub(i32.sub(end, start), i32.eq(bits.load16(i32.sub(end, 1)), crlf)));
          f.set(lengths, k === 0 ? length : i32.or(lengths, length));
          f.set(length, i32.and(length, quickLengthMax));
          f.set(digits[k]!, i8x16.sub(v128.load(start), i8x16.of([48])));
          f.set(
            dot,
            bits.trailingZeros(
              i32.or(i32.shl(i32.of(1), length), bits.ofBytes(i8x16.eq(digits[k]!, i8x16.of([DOT - 48 + 256])))),
            ),
          );
          f.set(scale[k]!, i32.add(i32.shl(i32.sub(length, dot), 3), i32.mul(sign, csvLayout.negativePowers)));
          f.set(
            digits[k]!,
            i8x16.swizzle(digits[k]!, v128.load(i32.add(i32.shl(length, 9), i32.shl(dot, 4)), csvLayout.shuffles)),
          );
        }
        f.set(
          bad,
          i8x16.addSaturated(
            i8x16.max(i8x16.max(digits[0]!, digits[1]!), i8x16.max(digits[2]!, digits[3]!)),
            i8x16.of([128 - 10]),
          ),
        );
        for (let k = 0; k < 2; k++) {
          const halves = quads[k]!;
          f.set(halves, eightDigits(fourDigits(digits[2 * k]!), fourDigits(digits[2 * k + 1]!)));
          const high = f64x2FromI32x4(words(halves, halves, [0, 2, 0, 2]));
          const lower = f64x2FromI32x4(words(halves, halves, [1, 3, 1, 3]));
          const mantissa = f64x2.add(f64x2.mul(high, v128.ofF64(1e8)), lower);
          const power = loadHigh64(
            scale[2 * k + 1]!,
            v128.loadLow64(scale[2 * k]!, csvLayout.powers),
            csvLayout.powers,
          );
          f.set(pairs[k]!, f64x2.div(mantissa, power));
        }
        for (const [k, pair] of pairs.entries()) f.store(out, pair, 16 * k);
        f.if(i32.or(bits.ofBytes(bad), i32.gt(lengths, quickLengthMax)), () => {
          f.set(left, 0);
          for (let k = 0; k < 4; k++) {
            const noDigit = bits.ofBytes(i8x16.addSaturated(digits[k]!, i8x16.of([128 - 10])));
            const long = i32.gt(i32.sub(i32.load(ends, 4 + 4 * k), i32.load(ends, 4 * k)), quickLengthMax + 1);
            f.set(left, i32.or(left, i32.shl(i32.ne(i32.or(noDigit, long), 0), k)));
          }
          f.set(skipped, i32.mul(i32.eq(left, 15), skippedAfterMiss));
        });
      };
      const careful = (): void => {
        f.if(i32.lt(i32.sub(count, done), 4), () => {
          f.set(left, i32.and(left, i32.sub(i32.shl(i32.of(1), i32.sub(count, done)), 1)));
        });
        f.while(
          () => left,
          () => {
            f.set(start, bits.trailingZeros(left));
            f.set(end, i32.add(ends, i32.shl(start, 2)));
            f.set(value, callTo(cell, [i32.add(i32.load(end), 1), i32.load(end, 4)]));
            f.if(i32.eqz(f64.eq(value, value)), () => f.leave(i32.add(done, start)));
            f.store(i32.add(out, i32.shl(start, 3)), value);
            f.set(left, i32.and(left, i32.sub(left, 1)));
          },
        );
      };
      f.while(
        () => i32.lt(done, count),
        () => {
          f.if(
            skipped,
            () => {
              f.set(skipped, i32.sub(skipped, 1));
              f.set(left, 15);
            },
            quick,
          );
          f.if(left, careful);
          f.advance(ends, 16);
          f.advance(out, 32);
          f.advance(done, 4);
        },
      );
      f.give(count);
    },
    { exported: true },
  );
}

/** Where the quick path decides none of four cells, so many fours go straight to the careful one. */
const skippedAfterMiss = 8;

function definePart(module: assembly.WasmModule): void {
  module.define(
    'part',
    { rows: 'i32', columns: 'i32' },
    undefined,
    (f, { rows, columns }) => {
      const [from, to, label, end, next] = f.locals('i32', 5);
      f.set(from, csvLayout.values);
      f.set(to, csvLayout.features);
      f.set(label, csvLayout.labels);
      f.set(columns, i32.shl(columns, 3));
      f.set(end, i32.add(label, i32.shl(rows, 3)));
      f.while(
        () => i32.lt(label, end),
        () => {
          f.store(label, f64.load(from));
          f.set(next, i32.add(from, columns));
          f.advance(from, 8);
          // Whole vectors are copied; the next row overwrites the surplus.
          f.set(rows, to);
          f.while(
            () => i32.lt(from, next),
            () => {
              f.store(rows, v128.load(from));
              f.advance(from, 16);
              f.advance(rows, 16);
            },
          );
          f.set(to, i32.add(to, i32.sub(columns, 8)));
          f.set(from, next);
          f.advance(label, 8);
        },
      );
    },
    { exported: true },
  );
}
