import { f64x2 } from '../wasm/assembler.ts';
import { type LossFamily, roundedHinge, roundedLocals } from '../wasm/design/family.ts';

/** a (e - epsilon)+ + b (-e - epsilon)+. Parameters: width, epsilon, a, b. */
export const twoSided: LossFamily = {
  name: 'two-sided',
  constants: [0, 0.5, 1],
  emit(bench, score, label, out) {
    const { f, math } = bench;
    const [, epsilon, a, b] = bench.parameters;
    const z = f.local('v128');
    const below = roundedLocals(f);
    f.set(z, f64x2.sub(f64x2.sub(score, label), epsilon));
    roundedHinge(bench, z, out);
    f.set(z, f64x2.sub(f64x2.sub(label, score), epsilon));
    roundedHinge(bench, z, below);
    f.set(out.value, math.maddDouble(out.value, a, f64x2.mul(below.value, b)));
    f.set(out.slope, f64x2.sub(f64x2.mul(out.slope, a), f64x2.mul(below.slope, b)));
    f.set(out.curvature, math.maddDouble(out.curvature, a, f64x2.mul(below.curvature, b)));
  },
};
