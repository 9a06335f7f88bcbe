import { WasmModule } from '../assembler.ts';
import { defineDerive } from '../dense/derive.ts';
import type { CodeOfLoss } from '../dense/loss-code.ts';
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
  /** Distinguishes it from other losses. */
  loss: string;
  /** Whether any model weighs rows with label 1. */
  weighted: boolean;
  update: UpdateKind;
  /** Whether any model has penalties. */
  penalties: boolean;
  vectors: number;
  /** Of several outputs: the models beyond a multiple of four. */
  lastModels: number;
}

const compiled = new Map<string, WebAssembly.Module>();
const compiledMax = 64;

/** The module of a descent, compiled once for all that need the same; without a loss of one score, that of softmax. */
export function sparseModule(code: SparseCode, loss: CodeOfLoss | undefined): WebAssembly.Module {
  const key = JSON.stringify(code);
  const known = compiled.get(key);
  if (known !== undefined) return known;
  if (compiled.size >= compiledMax) compiled.clear();
  const made = new WebAssembly.Module(sparseBytes(code, loss));
  compiled.set(key, made);
  return made;
}

export function sparseBytes(code: SparseCode, loss: CodeOfLoss | undefined): Uint8Array<ArrayBuffer> {
  const module = new WasmModule({ shared: code.shared });
  const math = arithmetic(code);
  const layout = sparseLayout(code.vectors);
  defineLists(module, layout);
  defineSparseProducts(module, math, layout);
  defineSparseUpdate(module, math, code.update, layout);
  defineCatchUp(module, math, code.update, layout, code.penalties);
  if (loss === undefined) defineSoftmax(module, math, code.lastModels);
  else defineDerive(module, loss(math, code.weighted), code.weighted);
  return module.bytes();
}
