import {
  callTo,
  type Expression,
  type FunctionBuilder,
  type FunctionRef,
  f64,
  f64x2,
  i32,
  type Local,
  select,
  v128,
  type WasmModule,
} from '../assembler.ts';
import {
  blockRows,
  curvaturesAt,
  gradientAt,
  gramGroup,
  labelsAt,
  panelAt,
  panelColumns,
  positiveWeightAt,
  scoresAt,
  slopesAt,
  sumsAt,
  weightsAt,
  wideColumns,
  wideGramGroup,
} from './layout.ts';

/** The loss of a block by its family's number. */
export function defineLossByFamily(module: WasmModule, losses: readonly FunctionRef[]): FunctionRef {
  return module.define(
    'loss',
    {
      family: 'i32',
      scores: 'i32',
      labels: 'i32',
      weights: 'i32',
      slopes: 'i32',
      curvatures: 'i32',
      rowCount: 'i32',
      parameters: 'i32',
    },
    'f64',
    (f, { family, ...rest }) => {
      const value = f.local('f64');
      for (const [number, loss] of losses.entries()) {
        f.if(i32.eq(family, number), () => f.set(value, callTo(loss, Object.values<Local>(rest))));
      }
      f.give(value);
    },
  );
}

/** Brings labels of a block to doubles and weighs the rows: 1, the weight of positives, or 0 for rows that only fill up. */
export function defineLabelBlock(module: WasmModule): FunctionRef {
  return module.define(
    'labelBlock',
    { labels: 'i32', labelsAreDouble: 'i32', rowCount: 'i32', filled: 'i32', parameters: 'i32', scratch: 'i32' },
    undefined,
    (f, { labels, labelsAreDouble, rowCount, filled, parameters, scratch }) => {
      const [label, one, positive] = f.locals('v128', 3);
      const [at, end] = f.locals('i32', 2);
      f.set(one, v128.ofF64(1));
      f.set(positive, v128.loadSplat64(parameters, 8 * positiveWeightAt));
      f.set(at, scratch);
      f.set(end, i32.add(scratch, i32.shl(filled, 3)));
      f.doWhile(
        () => {
          f.if(
            labelsAreDouble,
            () => f.set(label, v128.load(labels)),
            () => f.set(label, f64x2.promoteLow(v128.loadLow64(labels))),
          );
          f.store(at, label, labelsAt);
          f.store(at, v128.bitselect(positive, one, f64x2.eq(label, one)), weightsAt);
          f.advance(labels, i32.add(8, i32.shl(labelsAreDouble, 3)));
          f.advance(at, 16);
        },
        () => i32.lt(at, end),
      );
      const fillFrom = i32.add(i32.add(scratch, weightsAt), i32.shl(rowCount, 3));
      f.fill(fillFrom, 0, i32.shl(i32.sub(filled, rowCount), 3));
    },
  );
}

/** Adds the weighted outer products of a block's rows to the gram in float32 that stands after the sums. */
export function defineGramBlock(
  module: WasmModule,
  weightedPanel: FunctionRef,
  outerProducts: FunctionRef,
): FunctionRef {
  return module.define(
    'gramBlock',
    { x: 'i32', strideBytes: 'i32', weights: 'i32', filled: 'i32', scratch: 'i32' },
    undefined,
    (f, { x, strideBytes, weights, filled, scratch }) => {
      const [panel, panelEnd, sums, count] = f.locals('i32', 4);
      f.set(panel, i32.add(scratch, panelAt));
      f.set(panelEnd, i32.add(panel, i32.mul(filled, 4 * panelColumns)));
      f.set(sums, i32.add(i32.add(scratch, sumsAt), strideBytes));
      f.set(count, i32.shr(strideBytes, 2));
      f.doWhile(
        () => {
          f.call(weightedPanel, x, strideBytes, weights, panel, panelEnd);
          f.call(outerProducts, x, strideBytes, panel, 4 * panelColumns, panelEnd, sums, count);
          f.advance(x, 4 * panelColumns);
          f.advance(sums, i32.mul(count, 4 * panelColumns));
          f.set(count, i32.sub(count, panelColumns));
        },
        () => i32.gt(count, 0),
      );
    },
  );
}

/** Calls `body` for each block of a segment with its rows, and the rows rounded up to four; moves x on. */
export function eachBlock(
  f: FunctionBuilder,
  { x, strideBytes, rowCount }: Readonly<Record<'x' | 'strideBytes' | 'rowCount', Local>>,
  body: (rows: Local, filled: Local) => void,
): void {
  const [rows, filled] = f.locals('i32', 2);
  f.while(
    () => i32.gt(rowCount, 0),
    () => {
      f.set(rows, select(rowCount, blockRows, i32.lt(rowCount, blockRows)));
      f.set(filled, i32.and(i32.add(rows, 3), -4));
      body(rows, filled);
      f.advance(x, i32.mul(strideBytes, filled));
      f.set(rowCount, i32.sub(rowCount, rows));
    },
  );
}

/** Bytes of a gram in float32: 4 * gramCells. */
const gramBytes = (strideBytes: Local): Expression =>
  i32.shr(i32.mul(strideBytes, i32.add(strideBytes, 4 * panelColumns)), 3);

/** Gives statements that empty a segment's sums, and that bring its gram into the totals. */
function gramOf(
  f: FunctionBuilder,
  flush: FunctionRef,
  { strideBytes, scratch, totals }: Readonly<Record<'strideBytes' | 'scratch' | 'totals', Local>>,
): { empty(): void; flushAfterGroup(): void; flush(): void } {
  const [sums, sumsEnd, gramTotals, blocks, group] = f.locals('i32', 5);
  const flushGram = (): void => {
    f.call(flush, sums, sumsEnd, gramTotals);
    f.set(blocks, 0);
  };
  return {
    empty() {
      f.set(group, select(i32.of(gramGroup), wideGramGroup, i32.lt(strideBytes, 4 * wideColumns)));
      f.set(sums, i32.add(i32.add(scratch, sumsAt), strideBytes));
      f.set(sumsEnd, i32.add(sums, gramBytes(strideBytes)));
      f.set(gramTotals, i32.add(i32.add(totals, gradientAt), i32.shl(strideBytes, 1)));
      f.fill(sums, 0, gramBytes(strideBytes));
      f.fill(gramTotals, 0, i32.shl(gramBytes(strideBytes), 1));
    },
    flushAfterGroup() {
      f.advance(blocks, 1);
      f.if(i32.eq(blocks, group), flushGram);
    },
    flush: flushGram,
  };
}

interface SweepParts {
  scores: FunctionRef;
  slopeSums: FunctionRef;
  flush: FunctionRef;
  lossOfBlock: FunctionRef;
  labelBlock: FunctionRef;
  gramBlock: FunctionRef;
}

export function defineSweep(module: WasmModule, parts: SweepParts): void {
  module.define(
    'sweep',
    {
      x: 'i32',
      strideBytes: 'i32',
      rowCount: 'i32',
      labels: 'i32',
      labelsAreDouble: 'i32',
      theta: 'i32',
      family: 'i32',
      parameters: 'i32',
      stepRows: 'i32',
      gram: 'i32',
      scratch: 'i32',
      totals: 'i32',
    },
    undefined,
    (f, p) => {
      const { x, strideBytes, labels, scratch, totals, parameters } = p;
      const value = f.local('f64');
      const [done, steps, sums, stepX, stepDoubles, stepFloats] = f.locals('i32', 6);
      const gram = gramOf(f, parts.flush, p);
      emptySlopes(f, sums, p);
      f.if(p.gram, () => gram.empty());
      eachBlock(f, p, (rows, filled) => {
        f.call(parts.labelBlock, labels, p.labelsAreDouble, rows, filled, parameters, scratch);
        f.set(done, 0);
        f.set(stepX, x);
        f.doWhile(
          () => {
            f.set(steps, i32.sub(filled, done));
            f.set(steps, select(steps, p.stepRows, i32.lt(steps, p.stepRows)));
            f.set(stepDoubles, i32.add(scratch, i32.shl(done, 3)));
            f.set(stepFloats, i32.add(scratch, i32.shl(done, 2)));
            const scoresEnd = i32.add(stepDoubles, i32.shl(steps, 3));
            f.call(parts.scores, stepX, strideBytes, p.theta, i32.add(stepDoubles, scoresAt), scoresEnd);
            const rowValues = [scoresAt, labelsAt, weightsAt].map((offset) => i32.add(stepDoubles, offset));
            const results = [slopesAt, curvaturesAt].map((offset) => i32.add(stepFloats, offset));
            const loss = callTo(parts.lossOfBlock, [p.family, ...rowValues, ...results, steps, parameters]);
            f.set(value, f64.add(value, loss));
            const slopesEnd = i32.add(results[0], i32.shl(steps, 2));
            f.call(parts.slopeSums, stepX, strideBytes, results[0], slopesEnd, sums);
            f.advance(stepX, i32.mul(strideBytes, steps));
            f.advance(done, steps);
          },
          () => i32.lt(done, filled),
        );
        f.call(parts.flush, sums, i32.add(sums, strideBytes), i32.add(totals, gradientAt));
        f.if(p.gram, () => {
          f.call(parts.gramBlock, x, strideBytes, i32.add(scratch, curvaturesAt), filled, scratch);
          gram.flushAfterGroup();
        });
        f.advance(labels, i32.shl(rows, i32.add(p.labelsAreDouble, 2)));
      });
      f.if(p.gram, () => gram.flush());
      f.store(totals, value);
    },
    { exported: true },
  );
}

/** Empties the sums of slopes and the totals they go to. */
function emptySlopes(
  f: FunctionBuilder,
  sums: Local,
  { strideBytes, scratch, totals }: Readonly<Record<'strideBytes' | 'scratch' | 'totals', Local>>,
): void {
  f.set(sums, i32.add(scratch, sumsAt));
  f.fill(sums, 0, strideBytes);
  f.fill(totals, 0, i32.add(i32.shl(strideBytes, 1), gradientAt));
}

export function defineGram(module: WasmModule, parts: Pick<SweepParts, 'gramBlock' | 'flush'>): void {
  module.define(
    'gram',
    { x: 'i32', strideBytes: 'i32', rowCount: 'i32', weights: 'i32', scratch: 'i32', totals: 'i32' },
    undefined,
    (f, p) => {
      const gram = gramOf(f, parts.flush, p);
      gram.empty();
      eachBlock(f, p, (rows, filled) => {
        f.call(parts.gramBlock, p.x, p.strideBytes, p.weights, filled, p.scratch);
        gram.flushAfterGroup();
        f.advance(p.weights, i32.shl(rows, 2));
      });
      gram.flush();
    },
    { exported: true },
  );
}

export function defineGradient(module: WasmModule, parts: Pick<SweepParts, 'slopeSums' | 'flush'>): void {
  module.define(
    'gradient',
    { x: 'i32', strideBytes: 'i32', rowCount: 'i32', slopes: 'i32', scratch: 'i32', totals: 'i32' },
    undefined,
    (f, p) => {
      const sums = f.local('i32');
      emptySlopes(f, sums, p);
      eachBlock(f, p, (rows, filled) => {
        const end = i32.add(p.slopes, i32.shl(filled, 2));
        f.call(parts.slopeSums, p.x, p.strideBytes, p.slopes, end, sums);
        f.call(parts.flush, sums, i32.add(sums, p.strideBytes), i32.add(p.totals, gradientAt));
        f.advance(p.slopes, i32.shl(rows, 2));
      });
    },
    { exported: true },
  );
}
