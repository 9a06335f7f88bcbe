import { type FunctionRef, i32, type WasmModule } from '../assembler.ts';
import { outputsGroup, panelColumns } from './layout.ts';
import { eachBlock } from './sweep.ts';

const panelBytes = 4 * panelColumns;

/**
 * Scores of many outputs over a segment: out[row][k], rows 4 * K bytes apart for K outputs, a multiple of eight. theta
 * stands as K / 8 panels theta[j][0..8]. A block of rows stays in the cache while the panels go by.
 */
export function defineManyScores(module: WasmModule, products: FunctionRef): void {
  module.define(
    'manyScores',
    { x: 'i32', strideBytes: 'i32', rowCount: 'i32', theta: 'i32', K: 'i32', out: 'i32' },
    undefined,
    (f, p) => {
      const [panel, to, k, outStride] = f.locals('i32', 4);
      f.set(outStride, i32.shl(p.K, 2));
      eachBlock(f, p, (_rows, filled) => {
        f.set(panel, p.theta);
        f.set(to, p.out);
        f.set(k, 0);
        f.doWhile(
          () => {
            f.call(products, p.x, p.strideBytes, panel, to, outStride, filled);
            f.advance(panel, i32.mul(p.strideBytes, panelColumns));
            f.advance(to, panelBytes);
            f.advance(k, panelColumns);
          },
          () => i32.lt(k, p.K),
        );
        f.advance(p.out, i32.mul(outStride, filled));
      });
    },
    { exported: true },
  );
}

/**
 * Gradient of many outputs over a segment: slopes[row][k] as float32, rows 4 * K bytes apart; sums and totals are K / 8
 * panels [j][0..8], sums in float32, totals in double. Both are emptied first.
 */
export function defineManyGradient(
  module: WasmModule,
  { outerProducts, flush }: { outerProducts: FunctionRef; flush: FunctionRef },
): void {
  module.define(
    'manyGradient',
    { x: 'i32', strideBytes: 'i32', rowCount: 'i32', slopes: 'i32', K: 'i32', sums: 'i32', totals: 'i32' },
    undefined,
    (f, p) => {
      const [panel, to, k, slopesStride, sumsEnd, blocks, count] = f.locals('i32', 7);
      f.set(slopesStride, i32.shl(p.K, 2));
      f.set(count, i32.shr(p.strideBytes, 2));
      f.set(sumsEnd, i32.add(p.sums, i32.mul(count, slopesStride)));
      f.fill(p.sums, 0, i32.sub(sumsEnd, p.sums));
      f.fill(p.totals, 0, i32.shl(i32.sub(sumsEnd, p.sums), 1));
      const flushSums = (): void => {
        f.call(flush, p.sums, sumsEnd, p.totals);
        f.set(blocks, 0);
      };
      eachBlock(f, p, (_rows, filled) => {
        f.set(panel, p.slopes);
        f.advance(p.slopes, i32.mul(slopesStride, filled));
        f.set(to, p.sums);
        f.set(k, 0);
        f.doWhile(
          () => {
            f.call(outerProducts, p.x, p.strideBytes, panel, slopesStride, p.slopes, to, count);
            f.advance(to, i32.mul(p.strideBytes, panelColumns));
            f.advance(panel, panelBytes);
            f.advance(k, panelColumns);
          },
          () => i32.lt(k, p.K),
        );
        f.advance(blocks, 1);
        f.if(i32.eq(blocks, outputsGroup), flushSums);
      });
      flushSums();
    },
    { exported: true },
  );
}
