import { memoryPagesMax } from './wasm/assembler.ts';
import { type DesignFunctions, designModule } from './wasm/design-module.ts';
import type { Tile } from './wasm/design-tiles.ts';
import { tilesOfEngine } from './wasm/tiles.ts';
import {
  type CrewJob,
  callsMax,
  closeBoard,
  type Functions,
  makeBoard,
  makeCalls,
  serveCalls,
} from './wasm-design-crew.ts';

export type FunctionName = keyof DesignFunctions;
export type Call<Name extends FunctionName> = Parameters<DesignFunctions[Name]>;

/** A memory in which designs live, and the functions over it. */
export interface DesignRoom {
  /** Address of that many bytes, a multiple of 64; undefined where the memory's 4 GiB do not hold them. May be dirty. */
  allocate(byteCount: number): number | undefined;
  free(address: number): void;
  /** Another one after each allocation. */
  buffer(): ArrayBuffer;
  /** Makes all calls, in any order and on as many threads as there are. */
  run<Name extends FunctionName>(name: Name, calls: readonly Call<Name>[]): void;
  /** Lets the other threads go. */
  close(): void;
}

export interface DesignRoomOptions {
  /** Whether a * b + c may be rounded once: faster, but its bytes differ between engines. Needs relaxed SIMD. */
  fma: boolean;
  /** For tests; else that of the engine. */
  tile?: Tile;
  /** Has `serveDesign` called with this on one more thread; the room does not wait for it. Without, all runs on this thread. */
  startThread?: (job: CrewJob) => unknown;
  /** Threads to start. */
  threadCount?: number;
}

/** Works for a room on another thread, until the room is closed. */
export const serveDesign = (job: CrewJob): void => serveCalls(job, functionNames);

export function openDesignRoom({
  fma,
  tile = tileOfEngine(fma),
  startThread,
  threadCount = startThread === undefined ? 0 : 1,
}: DesignRoomOptions): DesignRoom {
  const shared = startThread !== undefined && threadCount > 0;
  const memory = new WebAssembly.Memory(shared ? { initial: 1, maximum: memoryPagesMax, shared } : { initial: 1 });
  const module = compiled({ fma, tile, shared });
  const functions = new WebAssembly.Instance(module, { env: { memory } }).exports as Functions;
  const board = shared ? makeBoard() : undefined;
  if (board !== undefined) for (let n = 0; n < threadCount; n += 1) startThread?.({ module, memory, board });
  const blocks: { address: number; size: number }[] = [];
  return {
    allocate(byteCount) {
      const size = Math.ceil(byteCount / alignment) * alignment;
      let address = alignment;
      let at = 0;
      while (at < blocks.length && blocks[at].address - address < size) {
        address = blocks[at].address + blocks[at].size;
        at += 1;
      }
      if (!reach(memory, address + size)) return undefined;
      blocks.splice(at, 0, { address, size });
      return address;
    },
    free(address) {
      const at = blocks.findIndex((block) => block.address === address);
      if (at >= 0) blocks.splice(at, 1);
    },
    buffer: () => memory.buffer,
    run(name, calls) {
      if (board !== undefined && calls.length > 1 && calls.length <= callsMax) {
        makeCalls(board, functions, functionNames, name, calls);
      } else {
        for (const call of calls) functions[name](...call);
      }
    },
    close() {
      if (board !== undefined) closeBoard(board);
    },
  };
}

const functionNames: readonly FunctionName[] = [
  'standardise',
  'gather',
  'scores',
  'manyScores',
  'sweep',
  'gram',
  'gradient',
  'manyGradient',
];

function tileOfEngine(fma: boolean): Tile {
  const { lines, unroll } = tilesOfEngine({ fma }).byVectors[1];
  return lines >= 6 ? { rows: 6, unroll: 4 } : { rows: 4, unroll: unroll >= 2 ? 2 : 1 };
}

const modules = new Map<string, WebAssembly.Module>();

function compiled(options: { fma: boolean; tile: Tile; shared: boolean }): WebAssembly.Module {
  const key = JSON.stringify(options);
  let module = modules.get(key);
  if (module === undefined) {
    module = new WebAssembly.Module(designModule(options));
    modules.set(key, module);
  }
  return module;
}

const alignment = 64;
const pageBytes = 65536;

/** Grows the memory so that it ends no earlier; false where it cannot. The last page stays free: no end wraps to 0. */
function reach(memory: WebAssembly.Memory, end: number): boolean {
  const pages = Math.ceil(end / pageBytes);
  if (pages >= memoryPagesMax) return false;
  const missing = pages - memory.buffer.byteLength / pageBytes;
  if (missing <= 0) return true;
  try {
    memory.grow(missing);
    return true;
  } catch {
    return false;
  }
}
