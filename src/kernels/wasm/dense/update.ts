import { momentFloor, squareDecay, updateEpsilon } from '../../schedule.ts';
import { type Expression, type FunctionRef, f32x4, i32, type Local, v128, type WasmModule } from '../assembler.ts';
import { type Arithmetic, holdConstants } from '../math.ts';

export interface UpdateKind {
  rule: 'adam' | 'sgd' | 'rmsprop';
  beta1: number;
  beta2: number;
  /** 'none' where no model has a penalty l1: its bytes are those of 'proximal' with widths of 0. */
  l1: 'none' | 'proximal' | 'subgradient';
}

/** Numbers of a panel's columns, one after another, as many vectors as the panel has of each. */
export const columnNumbers = { rate: 0, decay: 1, l1: 2, scaledRate: 3, count: 4 } as const;

const signBit = -(2 ** 31);

/**
 * update<vectors>(w, g, first, second, weightNumbers, interceptNumbers, panels, features, correction, perRow): one update of
 * panels that stand one after another, by the sums of slopes g, which become 0. `perRow` is 1 / rows of the batch. Without
 * `interceptNumbers` (0) the intercepts stay as they are.
 */
export function defineUpdate(module: WasmModule, math: Arithmetic, kind: UpdateKind, vectors: number): void {
  const lines = defineUpdateOfLines(module, math, kind, vectors);
  module.define(
    `update${vectors}`,
    {
      w: 'i32',
      g: 'i32',
      first: 'i32',
      second: 'i32',
      weightNumbers: 'i32',
      interceptNumbers: 'i32',
      panels: 'i32',
      features: 'i32',
      correction: 'f32',
      perRow: 'f32',
    },
    undefined,
    (f, p) => {
      const arrays = [p.w, p.g, p.first, p.second];
      const featureBytes = f.local('i32');
      f.set(featureBytes, i32.mul(p.features, 16 * vectors));
      f.doWhile(
        () => {
          f.call(lines, ...arrays, p.weightNumbers, p.features, p.correction, p.perRow);
          for (const array of arrays) f.advance(array, featureBytes);
          f.if(
            p.interceptNumbers,
            () => {
              f.call(lines, ...arrays, p.interceptNumbers, 1, p.correction, p.perRow);
              f.advance(p.interceptNumbers, 16 * vectors * columnNumbers.count);
            },
            () => f.fill(p.g, 0, 16 * vectors),
          );
          for (const array of arrays) f.advance(array, 16 * vectors);
          f.advance(p.weightNumbers, 16 * vectors * columnNumbers.count);
          f.set(p.panels, i32.sub(p.panels, 1));
        },
        () => p.panels,
      );
    },
    { exported: true },
  );
}

/**
 * (w, g, first, second, numbers, lines, correction, perRow): some lines of a panel. `numbers` are those of `columnNumbers` (the
 * scaled rate is written here); in `l1` stands l1 itself, or for a proximal step of sgd its width. Rules as in
 * `plain-update.ts`.
 */
function defineUpdateOfLines(
  module: WasmModule,
  { madd, nmadd }: Arithmetic,
  { rule, beta1, beta2, l1 }: UpdateKind,
  vectors: number,
): FunctionRef {
  return module.define(
    `updateLines${vectors}`,
    {
      w: 'i32',
      g: 'i32',
      first: 'i32',
      second: 'i32',
      numbers: 'i32',
      lines: 'i32',
      correction: 'f32',
      perRow: 'f32',
    },
    undefined,
    (f, p) => {
      const numberOf = (kind: keyof typeof columnNumbers, v: number): Expression =>
        v128.load(p.numbers, 16 * (columnNumbers[kind] * vectors + v));
      const c = holdConstants(f, {
        floats: [0, 1, beta1, 1 - beta1, beta2, 1 - beta2, squareDecay, 1 - squareDecay, updateEpsilon, momentFloor],
        integers: [signBit],
      });
      const [perRow, correction] = f.locals('v128', 2);
      f.set(perRow, f32x4.splat(p.perRow));
      f.set(correction, f32x4.splat(p.correction));
      for (let v = 0; v < vectors; v += 1) {
        const place = 16 * (columnNumbers.scaledRate * vectors + v);
        f.store(p.numbers, f32x4.mul(numberOf('rate', v), correction), place);
      }
      const lanes = Array.from({ length: vectors }, (_, v) => v);
      const [w, slope, first, second, sign, width] = [0, 1, 2, 3, 4, 5].map(() => f.locals('v128', vectors));
      const storeMoment = (address: Local, moment: readonly Local[], isSigned: boolean): void => {
        for (const v of lanes) {
          const size = isSigned ? f32x4.abs(moment[v]) : moment[v];
          f.set(moment[v], v128.andNot(moment[v], f32x4.lt(size, c.float(momentFloor))));
        }
        for (const v of lanes) f.store(address, moment[v], 16 * v);
      };
      const each = (step: (v: number) => void): void => lanes.forEach(step);
      /** By the root of mean squares in `second`. */
      const setWidth = (v: number): void => {
        if (l1 !== 'proximal') return;
        const scaled = f32x4.mul(numberOf('scaledRate', v), numberOf('l1', v));
        f.set(width[v], f32x4.div(scaled, second[v]));
      };
      const secondFrom = (decay: number): void => {
        each((v) => f.set(second[v], f32x4.mul(v128.load(p.second, 16 * v), c.float(decay))));
        each((v) => f.set(second[v], madd(f32x4.mul(slope[v], c.float(1 - decay)), slope[v], second[v])));
        storeMoment(p.second, second, false);
      };
      const widthOf = (v: number): Expression => (rule === 'sgd' ? numberOf('l1', v) : width[v]);
      const step = {
        adam(): void {
          each((v) => f.set(first[v], f32x4.mul(v128.load(p.first, 16 * v), c.float(beta1))));
          each((v) => f.set(first[v], madd(slope[v], c.float(1 - beta1), first[v])));
          storeMoment(p.first, first, true);
          secondFrom(beta2);
          each((v) => f.set(second[v], f32x4.add(f32x4.sqrt(second[v]), c.float(updateEpsilon))));
          each(setWidth);
          each((v) => f.set(second[v], f32x4.div(f32x4.mul(numberOf('scaledRate', v), first[v]), second[v])));
          each((v) => f.set(w[v], f32x4.sub(w[v], second[v])));
        },
        sgd(): void {
          each((v) => f.set(first[v], f32x4.mul(v128.load(p.first, 16 * v), c.float(beta1))));
          each((v) => f.set(first[v], nmadd(numberOf('scaledRate', v), slope[v], first[v])));
          storeMoment(p.first, first, true);
          each((v) => f.set(w[v], f32x4.add(w[v], first[v])));
        },
        rmsprop(): void {
          secondFrom(squareDecay);
          each((v) => f.set(second[v], f32x4.sqrt(f32x4.add(second[v], c.float(updateEpsilon)))));
          each(setWidth);
          each((v) => f.set(second[v], f32x4.div(f32x4.mul(numberOf('scaledRate', v), slope[v]), second[v])));
          each((v) => f.set(w[v], f32x4.sub(w[v], second[v])));
        },
      };
      f.doWhile(
        () => {
          each((v) => f.set(w[v], v128.load(p.w, 16 * v)));
          each((v) => f.set(slope[v], f32x4.mul(v128.load(p.g, 16 * v), perRow)));
          each((v) => f.set(slope[v], madd(numberOf('decay', v), w[v], slope[v])));
          if (l1 === 'subgradient') {
            each((v) => f.set(sign[v], v128.or(c.float(1), v128.and(w[v], c.integer(signBit)))));
            each((v) => f.set(sign[v], v128.andNot(sign[v], f32x4.eq(w[v], c.float(0)))));
            each((v) => f.set(slope[v], madd(f32x4.mul(numberOf('l1', v), perRow), sign[v], slope[v])));
          }
          step[rule]();
          if (l1 === 'proximal') {
            each((v) => f.set(sign[v], v128.and(w[v], c.integer(signBit))));
            each((v) => f.set(w[v], f32x4.pmax(f32x4.sub(f32x4.abs(w[v]), widthOf(v)), c.float(0))));
            each((v) => f.set(w[v], v128.or(w[v], sign[v])));
          }
          each((v) => f.store(p.w, w[v], 16 * v));
          each((v) => f.store(p.g, c.float(0), 16 * v));
          for (const address of [p.w, p.g, p.first, p.second]) f.advance(address, 16 * vectors);
          f.set(p.lines, i32.sub(p.lines, 1));
        },
        () => p.lines,
      );
    },
  );
}
