import { memoryPagesMax } from './wasm/assembler.ts';
import { type DesignFunctions, designModule } from './wasm/design-module.ts';
import type { Tile } from './wasm/design-tiles.ts';

export type FunctionName = keyof DesignFunctions;
export type Call<Name extends FunctionName> = Parameters<DesignFunctions[Name]>;

/** A memory in which designs live, and the functions over it. */
export interface DesignRoom {
  /** Address of that many bytes, a multiple of 64; undefined where the memory's 4 GiB do not hold them. May be dirty. */
  allocate(byteCount: number): number | undefined;
  free(address: number): void;
  /** Changes when memory is allocated. */
  buffer(): ArrayBuffer;
  /** Makes all calls, in any order and on as many threads as there are. */
  run<Name extends FunctionName>(name: Name, calls: readonly Call<Name>[]): void;
}

export interface DesignRoomOptions {
  /** Whether a * b + c may be rounded once: faster, but its bytes differ between engines. */
  fma: boolean;
  tile: Tile;
}

/** A room of its own, on this thread. */
export function openDesignRoom({ fma, tile }: DesignRoomOptions): DesignRoom {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const module = new WebAssembly.Module(designModule({ fma, tile, shared: false }));
  const functions = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as DesignFunctions;
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
      const run = functions[name] as (...values: readonly number[]) => void;
      for (const call of calls) run(...call);
    },
  };
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
