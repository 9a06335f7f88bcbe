/** The loop of the vector decoder of records: those that are like the one before but for their floats. */
import { assembly } from '../../kernels/index.ts';

const { f32, f32x4, i32, v128, WasmModule } = assembly;
type Local = assembly.Local;

/** Where things lie in its memory, in bytes. The template is in two pieces, each with a mask of the bytes that count. */
export const pieceBytesMax = 4096;
export const inputBytesMax = 1 << 20;
const pieces = 64;
const input = pieces + 4 * pieceBytesMax;
const features = input + inputBytesMax + 64;
const labels = features + inputBytesMax + 64;
export const recordLayout = {
  head: pieces,
  headMask: pieces + pieceBytesMax,
  tail: pieces + 2 * pieceBytesMax,
  tailMask: pieces + 3 * pieceBytesMax,
  input,
  features,
  labels,
  /** A record takes at least 32 bytes. */
  total: labels + inputBytesMax / 8,
} as const;

export interface RecordFunctions {
  /**
   * Takes `count` framed records of `frameBytes` each from the input apart. `head` and `tail` are the bytes of the pieces,
   * which begin at 0 and at `tailAt`; floats begin at `featuresAt` and, unless it is 0, `labelAt`. Returns how many were
   * taken, less than `count` before one that is different or has a float that is not finite.
   */
  take: (
    count: number,
    frameBytes: number,
    head: number,
    tailAt: number,
    tail: number,
    featuresAt: number,
    featureCount: number,
    labelAt: number,
  ) => number;
}

export function recordModule(): assembly.WasmModule {
  const module = new WasmModule({ shared: false });
  const parameters = {
    count: 'i32',
    frameBytes: 'i32',
    head: 'i32',
    tailAt: 'i32',
    tail: 'i32',
    featuresAt: 'i32',
    featureCount: 'i32',
    labelAt: 'i32',
  } as const;
  module.define(
    'take',
    parameters,
    'i32',
    (f, { count, frameBytes, head, tailAt, tail, featuresAt, featureCount, labelAt }) => {
      const [done, record, out, label, p, k, end, quads, last] = f.locals('i32', 9);
      const different = f.local('v128');
      const sums = f.locals('v128', 4);
      const [value, sum] = f.locals('f32', 2);
      const x = f.local('v128');
      // Stays 0 in all lanes while the bytes that count are the template's.
      const compare = (size: Local, piece: number, mask: number): void => {
        f.set(k, 0);
        f.while(
          () => i32.lt(k, size),
          () => {
            const bytes = v128.xor(v128.load(i32.add(p, k)), v128.load(k, piece));
            f.set(different, v128.or(different, v128.and(bytes, v128.load(k, mask))));
            f.advance(k, 16);
          },
        );
      };
      // x - x is 0, and NaN where x is not finite.
      const copy = (lane: number): void => {
        f.set(x, v128.load(p, 16 * lane));
        f.store(out, x, 16 * lane);
        f.set(sums[lane]!, f32x4.add(sums[lane]!, f32x4.sub(x, x)));
      };
      const copySingle = (to: Local): void => {
        f.store(to, value);
        f.set(sum, f32.add(sum, f32.sub(value, value)));
      };
      f.set(record, recordLayout.input);
      f.set(out, recordLayout.features);
      f.set(label, recordLayout.labels);
      f.while(
        () => i32.lt(done, count),
        () => {
          f.set(different, v128.ofI32(0));
          f.set(p, record);
          compare(head, recordLayout.head, recordLayout.headMask);
          f.set(p, i32.add(record, tailAt));
          compare(tail, recordLayout.tail, recordLayout.tailMask);
          f.if(i32.anyTrue(different), () => f.leave(done));
          for (const lane of sums) f.set(lane, v128.ofI32(0));
          f.set(sum, 0);
          f.set(p, i32.add(record, featuresAt));
          f.set(end, i32.add(p, i32.shl(featureCount, 2)));
          f.set(quads, i32.add(p, i32.shl(i32.shr(featureCount, 4), 6)));
          f.while(
            () => i32.lt(p, quads),
            () => {
              for (let lane = 0; lane < 4; lane++) copy(lane);
              f.advance(p, 64);
              f.advance(out, 64);
            },
          );
          f.set(last, i32.sub(end, 12));
          f.while(
            () => i32.lt(p, last),
            () => {
              copy(0);
              f.advance(p, 16);
              f.advance(out, 16);
            },
          );
          f.while(
            () => i32.lt(p, end),
            () => {
              f.set(value, f32.load(p));
              copySingle(out);
              f.advance(p, 4);
              f.advance(out, 4);
            },
          );
          f.if(labelAt, () => {
            f.set(value, f32.load(i32.add(record, labelAt)));
            copySingle(label);
            f.advance(label, 4);
          });
          const all = f32x4.add(f32x4.add(sums[0]!, sums[1]!), f32x4.add(sums[2]!, sums[3]!));
          f.set(x, f32x4.add(all, f32x4.splat(sum)));
          f.if(i32.anyTrue(v128.not(f32x4.eq(x, x))), () => f.leave(done));
          f.advance(record, frameBytes);
          f.advance(done, 1);
        },
      );
      f.give(done);
    },
    { exported: true },
  );
  return module;
}
