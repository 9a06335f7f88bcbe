import { f32x4, f64x2, v128 } from '../wasm/assembler.ts';
import { directCode, signBit } from '../wasm/dense/loss-code.ts';
import { roundedHinge as emitRoundedHinge, type LossFamily } from '../wasm/design/family.ts';
import type { LossOfScore } from './loss.ts';
import { piecesAlone } from './pieces.ts';
import { roundedHinge } from './rounded-hinge.ts';

/** (high - f)+ for labels above a bar, (low + f)+ for others. Parameters: width, bar, high, low. */
export const oneSided: LossFamily = {
  name: 'one-sided',
  constants: [0, 0.5, 1],
  emit(bench, score, label, out) {
    const { f } = bench;
    const [, bar, high, low] = bench.parameters;
    const [positive, z] = f.locals('v128', 2);
    f.set(positive, f64x2.gt(label, bar));
    f.set(z, v128.bitselect(f64x2.sub(high, score), f64x2.add(low, score), positive));
    emitRoundedHinge(bench, z, out);
    f.set(out.slope, v128.bitselect(f64x2.neg(out.slope), out.slope, positive));
  },
};

type OneSided = Pick<LossOfScore, 'value' | 'slope' | 'rounded' | 'code' | 'familyParameters' | 'pieces'>;

/** (high - f)+ for labels above a bar, (f - low)+ for the others, with slopes of -1 and 1 where that is above 0. */
export function oneSidedLoss({ bar, high, low }: { bar: number; high: number; low: number }): OneSided {
  const shortfall = (score: number, label: number): number => (label > bar ? high - score : score - low);
  return {
    value: (score, label) => Math.max(0, shortfall(score, label)),
    slope: (score, label) => (shortfall(score, label) > 0 ? (label > bar ? -1 : 1) : 0),
    rounded: (score, label, width, out) => {
      roundedHinge(shortfall(score, label), width, out);
      if (label > bar) out.slope = -out.slope;
    },
    code: directCode({
      floats: [high, -low, bar],
      emit(f, c, score, y, value, slope) {
        const isUpper = f.local('v128');
        f.set(isUpper, f32x4.gt(y, c.float(bar)));
        f.set(slope, v128.and(isUpper, c.integer(signBit)));
        f.set(value, f32x4.add(v128.xor(score, slope), v128.bitselect(c.float(high), c.float(-low), isUpper)));
        f.set(value, f32x4.pmax(value, c.float(0)));
        f.set(slope, v128.and(v128.xor(c.float(1), slope), f32x4.gt(value, c.float(0))));
      },
    }),
    familyParameters: (width) => [width, bar, high, -low],
    pieces: piecesAlone([
      { upper: 1, square: 0, sign: (y) => (y > bar ? -1 : 1), offset: (y) => (y > bar ? -high : low) },
    ]),
  };
}
