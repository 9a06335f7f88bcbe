import { assert } from '../../base/index.ts';
import { memoryPagesMax } from './assembler.ts';

const pageBytes = 65536;
const alignBytes = 64;

/**
 * One WebAssembly memory, given out from its start on and never taken back in pieces. Views of a memory that is not shared
 * are void after it has grown: allocate everything first, then make views.
 */
export interface KernelMemory {
  readonly memory: WebAssembly.Memory;
  /** Address of `byteLength` bytes of zeros, a multiple of 64. Throws a RangeError where there is no more memory. */
  allocate(byteLength: number): number;
  floats(address: number, length: number): Float32Array;
  doubles(address: number, length: number): Float64Array;
  words(address: number, length: number): Uint32Array;
}

/** Opens a memory that begins with room for `byteLength` bytes. A shared one can be given to other threads. */
export function openMemory({ shared, byteLength = 0 }: { shared: boolean; byteLength?: number }): KernelMemory {
  const initial = Math.max(1, Math.ceil((byteLength + alignBytes) / pageBytes));
  const memory = new WebAssembly.Memory({ initial, maximum: memoryPagesMax, shared });
  // Address 0 is never given out, so that a forgotten address is noticed.
  let top = alignBytes;
  return {
    memory,
    allocate(size) {
      const address = top;
      const end = address + size;
      const missing = Math.ceil((end - memory.buffer.byteLength) / pageBytes);
      if (missing > 0) memory.grow(missing);
      top = Math.ceil(end / alignBytes) * alignBytes;
      return address;
    },
    floats: (address, length) => viewOf(Float32Array, memory, address, length),
    doubles: (address, length) => viewOf(Float64Array, memory, address, length),
    words: (address, length) => viewOf(Uint32Array, memory, address, length),
  };
}

function viewOf<View>(
  Kind: new (buffer: ArrayBuffer, address: number, length: number) => View,
  memory: WebAssembly.Memory,
  address: number,
  length: number,
): View {
  assert(address >= alignBytes, 'a view of memory that was allocated');
  return new Kind(memory.buffer, address, length);
}
