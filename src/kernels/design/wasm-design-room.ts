import type { Crew } from '../threads/thread-pool.ts';
import { memoryPagesMax } from '../wasm/assembler.ts';
import type { Tile } from '../wasm/design/tiles.ts';
import { tilesOfEngine } from '../wasm/tiles.ts';
import { type Call, type DesignJobs, type FunctionName, openDesignFunctions } from './wasm-design-jobs.ts';

/** A memory in which designs live, and the functions over it. */
export interface DesignRoom {
  /** Address of that many bytes, a multiple of 64; undefined where the memory's 4 GiB do not hold them. May be dirty. */
  allocate(byteCount: number): number | undefined;
  free(address: number): void;
  /** Another one after each allocation. */
  buffer(): ArrayBuffer;
  /** Makes all calls, in any order, on other threads too if they are worth it. `operations` of arithmetic are an estimate. */
  run<Name extends FunctionName>(name: Name, calls: readonly Call<Name>[], operations: number): void;
  /** Releases the other threads. */
  close(): void;
}

export interface DesignRoomOptions {
  /** Whether a * b + c may be rounded once: faster, but its bytes differ between engines. Needs relaxed SIMD. */
  fma: boolean;
  /** For tests; else that of the engine. */
  tile?: Tile;
  /** Opens the jobs on other threads, as a `ThreadPool` does. */
  openCrew?: ((jobs: DesignJobs) => Crew) | undefined;
}

export function openDesignRoom({ fma, tile = tileOfEngine(fma), openCrew }: DesignRoomOptions): DesignRoom {
  const shared = openCrew !== undefined;
  const code = { fma, tile, shared };
  const memory = new WebAssembly.Memory(shared ? { initial: 1, maximum: memoryPagesMax, shared } : { initial: 1 });
  const functions = openDesignFunctions(code, memory);
  const crew = openCrew?.({ code, memory });
  const blocks: { address: number; size: number }[] = [{ address: alignment, size: tableBytes }];
  return {
    allocate(byteCount) {
      const size = Math.max(1, Math.ceil(byteCount / alignment)) * alignment;
      const at = blocks.findIndex(({ address }, n) => address - endOf(blocks[n - 1]) >= size);
      const address = endOf(blocks.at(at < 0 ? -1 : at - 1));
      if (!reach(memory, address + size)) return undefined;
      blocks.splice(at < 0 ? blocks.length : at, 0, { address, size });
      return address;
    },
    free(address) {
      const at = blocks.findIndex((block) => block.address === address);
      if (at >= 0) blocks.splice(at, 1);
    },
    buffer: () => memory.buffer,
    run(name, calls, operations) {
      if (crew === undefined || calls.length < 2) {
        for (const call of calls) functions[name](...call);
        return;
      }
      const width = calls[0].length;
      const table = new Int32Array(memory.buffer, alignment, tableBytes / 4);
      for (const [at, call] of calls.entries()) table.set(call, at * width);
      crew.run(name, calls.length, [alignment, width], operations / operationsOfMs);
    },
    close: () => crew?.close(),
  };
}

/** A slow thread does more than this in a millisecond. */
const operationsOfMs = 2e7;
/** Room for the numbers of 255 calls. */
const tableBytes = 255 * 16 * 4;

function tileOfEngine(fma: boolean): Tile {
  const { lines, unroll } = tilesOfEngine({ fma }).byVectors[1];
  return lines >= 6 ? { rows: 6, unroll: 4 } : { rows: 4, unroll: unroll >= 2 ? 2 : 1 };
}

const endOf = (block: { address: number; size: number } | undefined): number =>
  block === undefined ? alignment : block.address + block.size;

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
