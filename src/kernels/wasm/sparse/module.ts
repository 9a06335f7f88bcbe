import type { LossShape } from '../../losses/loss-shape.ts';
import { WasmModule } from '../assembler.ts';
import { defineDerive } from '../dense/derive.ts';
import { defineSoftmax } from '../dense/softmax.ts';
import type { UpdateKind } from '../dense/update.ts';
import { arithmetic } from '../math.ts';
import { defineCatchUp } from './catch-up.ts';
import { sparseLayout } from './layout.ts';
import { defineLists } from './lists.ts';
import { defineSparseProducts } from './products.ts';
import { defineSparseUpdate } from './update.ts';

/** All that the code of a sparse descent depends on. */
export interface SparseCode {
  fma: boolean;
  shared: boolean;
  loss: LossShape;
  /** Whether any model weighs rows with label 1. */
  weighted: boolean;
  update: UpdateKind;
  /** Whether any model has penalties. */
  penalties: boolean;
  vectors: number;
  /** For softmax: the models beyond a multiple of four. */
  lastModels: number;
}

const compiled = new Map<string, WebAssembly.Module>();
const compiledMax = 64;

/** The module of a descent, compiled once for all that need the same. */
export function sparseModule(code: SparseCode): WebAssembly.Module {
  const { classWeight: _, ...loss } = { classWeight: undefined, ...code.loss };
  const key = JSON.stringify({ ...code, loss });
  const known = compiled.get(key);
  if (known !== undefined) return known;
  if (compiled.size >= compiledMax) compiled.clear();
  const made = new WebAssembly.Module(sparseBytes(code));
  compiled.set(key, made);
  return made;
}

export function sparseBytes(code: SparseCode): Uint8Array<ArrayBuffer> {
  const module = new WasmModule({ shared: code.shared });
  const math = arithmetic(code);
  const layout = sparseLayout(code.vectors);
  defineLists(module, layout);
  defineSparseProducts(module, math, layout);
  defineSparseUpdate(module, math, code.update, layout);
  defineCatchUp(module, math, code.update, layout, code.penalties);
  if (code.loss.kind === 'softmax') defineSoftmax(module, math, code.lastModels);
  else defineDerive(module, math, code.loss, code.weighted);
  return module.bytes();
}
