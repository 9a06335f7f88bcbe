import { WasmModule } from '../assembler.ts';
import { arithmetic } from '../math.ts';
import type { Tiles } from '../tiles.ts';
import { defineDerive } from './derive.ts';
import type { CodeOfLoss } from './loss-code.ts';
import { defineSingleProducts } from './single.ts';
import { defineSoftmax } from './softmax.ts';
import { definePanelProducts } from './tiles.ts';
import { defineUpdate, type UpdateKind } from './update.ts';

/** All that the code of a descent depends on. */
export interface DenseCode {
  fma: boolean;
  shared: boolean;
  tiles: Tiles;
  /** Distinguishes it from other losses. */
  loss: string;
  /** Whether any model weighs rows with label 1. */
  weighted: boolean;
  update: UpdateKind;
  /** Vectors of the panels; [] for single columns. */
  panelWidths: readonly number[];
  /** Of several outputs: the models beyond a multiple of four. */
  lastModels: number;
}

const compiled = new Map<string, WebAssembly.Module>();
const compiledMax = 64;

/** The module of a descent, compiled once for all that need the same; without a loss of one score, that of softmax. */
export function denseModule(code: DenseCode, loss: CodeOfLoss | undefined): WebAssembly.Module {
  const key = JSON.stringify(code);
  const known = compiled.get(key);
  if (known !== undefined) return known;
  if (compiled.size >= compiledMax) compiled.clear();
  const made = new WebAssembly.Module(denseBytes(code, loss));
  compiled.set(key, made);
  return made;
}

export function denseBytes(code: DenseCode, loss: CodeOfLoss | undefined): Uint8Array<ArrayBuffer> {
  const { tiles, update, panelWidths } = code;
  const module = new WasmModule({ shared: code.shared });
  const math = arithmetic(code);
  for (const vectors of panelWidths) {
    definePanelProducts(module, math, tiles.byVectors[vectors - 1], vectors);
    defineUpdate(module, math, update, vectors);
  }
  if (panelWidths.length === 0) {
    defineSingleProducts(module, math, tiles);
    defineUpdate(module, math, update, 1);
  }
  if (loss === undefined) defineSoftmax(module, math, code.lastModels);
  else defineDerive(module, loss(math, code.weighted), code.weighted);
  return module.bytes();
}
