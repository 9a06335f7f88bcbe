import { f32x4, i32, v128, WasmModule } from '../../src/kernels/wasm/assembler.ts';
import { cpuMs } from './measure.ts';
import { enableRelaxedSimd } from './relaxed-simd.ts';

const chains = 12;
const turns = 2_000_000;

/**
 * Measures what 128-bit fused multiply-adds can do here: `chains` independent ones in registers, nothing else. The answer is a
 * function that runs them for some milliseconds and gives GFLOP/s of CPU time; call it beside what is compared with it.
 */
export function openFmaPeak(): () => number {
  const module = new WasmModule({ shared: false });
  module.define(
    'spin',
    { count: 'i32' },
    undefined,
    (f, { count }) => {
      const sums = f.locals('v128', chains);
      const factor = f.local('v128');
      const addend = f.local('v128');
      f.set(factor, v128.load(i32.of(0)));
      f.set(addend, v128.load(i32.of(16)));
      f.doWhile(
        () => {
          for (const sum of sums) f.set(sum, f32x4.relaxedMadd(sum, factor, addend));
          f.set(count, i32.sub(count, 1));
        },
        () => count,
      );
      sums.forEach((sum, place) => {
        f.store(i32.of(64 + 16 * place), sum);
      });
    },
    { exported: true },
  );
  const bytes = module.bytes();
  enableRelaxedSimd();
  const memory = new WebAssembly.Memory({ initial: 1 });
  new Float32Array(memory.buffer).fill(0.5, 0, 8);
  const spin = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }).exports.spin as (
    count: number,
  ) => void;
  spin(turns);
  return () => {
    const from = cpuMs();
    spin(turns);
    return (turns * chains * 8) / ((cpuMs() - from) * 1e6);
  };
}
