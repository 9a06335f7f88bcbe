import { WasmModule } from '../assembler.ts';
import { arithmetic } from '../math.ts';
import { defineLoss, type LossFamily } from './family.ts';
import { defineGather, defineRead, defineStandardise } from './input.ts';
import { defineManyGradient, defineManyScores } from './outputs.ts';
import { defineFlush, defineScores, defineSlopeSums } from './rows.ts';
import { defineSoftmaxSweep } from './softmax.ts';
import {
  defineGradient,
  defineGram,
  defineGramBlock,
  defineLabelBlock,
  defineLossByFamily,
  defineSweep,
} from './sweep.ts';
import { defineOuterProducts, defineProducts, defineWeightedPanel, type Tile } from './tiles.ts';

/** The functions of designs, for instances over one memory. Addresses in bytes; see design-layout.ts. */
export interface DesignFunctions {
  standardise: (
    raw: number,
    featureCount: number,
    scaling: number,
    x: number,
    strideBytes: number,
    end: number,
  ) => void;
  gather: (x: number, strideBytes: number, rows: number, end: number, to: number) => void;
  read: (x: number, strideBytes: number, rows: number, end: number, to: number, rowBytes: number) => void;
  /** Scores of one output, in double, up to `end`, a multiple of four rows. */
  scores: (x: number, strideBytes: number, theta: number, scores: number, end: number) => void;
  manyScores: (x: number, strideBytes: number, rowCount: number, theta: number, K: number, out: number) => void;
  /** One segment of a sweep. Labels are float32 or double; `stepRows` rows go from scores to slopes at once. */
  sweep: (
    x: number,
    strideBytes: number,
    rowCount: number,
    labels: number,
    labelsAreDouble: number,
    theta: number,
    family: number,
    parameters: number,
    stepRows: number,
    gram: number,
    scratch: number,
    totals: number,
  ) => void;
  /** The gram of a segment for float32 weights of rows. */
  gram: (x: number, strideBytes: number, rowCount: number, weights: number, scratch: number, totals: number) => void;
  /** The gradient of a segment for float32 slopes of rows. */
  gradient: (x: number, strideBytes: number, rowCount: number, slopes: number, scratch: number, totals: number) => void;
  manyGradient: (
    x: number,
    strideBytes: number,
    rowCount: number,
    slopes: number,
    K: number,
    sums: number,
    totals: number,
  ) => void;
  softmaxSweep: (
    x: number,
    strideBytes: number,
    rowCount: number,
    labels: number,
    labelsAreDouble: number,
    theta: number,
    K: number,
    classes: number,
    classWeights: number,
    scratch: number,
    totals: number,
  ) => void;
}

/** With the losses of these families, whose numbers are their places. */
export function designModule(
  options: { fma: boolean; tile: Tile; shared: boolean },
  families: readonly LossFamily[],
): Uint8Array<ArrayBuffer> {
  const module = new WasmModule(options);
  const math = arithmetic(options);
  const kit = { module, math, tile: options.tile };
  const scores = defineScores(module, math);
  const slopeSums = defineSlopeSums(module, math);
  const flush = defineFlush(module);
  const outerProducts = defineOuterProducts(kit);
  const gramBlock = defineGramBlock(module, defineWeightedPanel(module), outerProducts);
  const labelBlock = defineLabelBlock(module);
  const lossOfBlock = defineLossByFamily(
    module,
    families.map((family) => defineLoss(module, math, family)),
  );
  defineStandardise(module);
  defineGather(module);
  defineRead(module);
  const products = defineProducts(kit);
  defineManyScores(module, products);
  defineSweep(module, { scores, slopeSums, flush, lossOfBlock, labelBlock, gramBlock });
  defineGram(module, { gramBlock, flush });
  defineGradient(module, { slopeSums, flush });
  defineManyGradient(module, { outerProducts, flush });
  defineSoftmaxSweep(module, math, { products, outerProducts, flush });
  return module.bytes();
}
