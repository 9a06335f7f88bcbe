import type { LossShape } from '../../losses/loss-shape.ts';
import { WasmModule } from '../assembler.ts';
import { arithmetic } from '../math.ts';
import type { Tiles } from '../tiles.ts';
import { defineDerive } from './derive.ts';
import { defineSingleProducts } from './single.ts';
import { defineSoftmax } from './softmax.ts';
import { definePanelProducts } from './tiles.ts';
import { defineUpdate, type UpdateKind } from './update.ts';

/** All that the code of a descent depends on. */
export interface DenseCode {
  fma: boolean;
  shared: boolean;
  tiles: Tiles;
  loss: LossShape;
  /** Whether any model weighs rows with label 1. */
  weighted: boolean;
  update: UpdateKind;
  /** Vectors of the panels; [] for single columns. */
  panelWidths: readonly number[];
  /** For softmax: the models beyond a multiple of four. */
  lastModels: number;
}

const compiled = new Map<string, WebAssembly.Module>();
const compiledMax = 64;

/** The module of a descent, compiled once for all that need the same. */
export function denseModule(code: DenseCode): WebAssembly.Module {
  const { classWeight: _, ...loss } = { classWeight: undefined, ...code.loss };
  const key = JSON.stringify({ ...code, loss });
  const known = compiled.get(key);
  if (known !== undefined) return known;
  if (compiled.size >= compiledMax) compiled.clear();
  const made = new WebAssembly.Module(denseBytes(code));
  compiled.set(key, made);
  return made;
}

export function denseBytes(code: DenseCode): Uint8Array<ArrayBuffer> {
  const { tiles, loss, update, panelWidths } = code;
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
  if (loss.kind === 'softmax') defineSoftmax(module, math, code.lastModels);
  else defineDerive(module, math, loss, code.weighted);
  return module.bytes();
}
