import { type Crc64Machine, crc64Machine, inversePower, product } from './crc64-machine.ts';
import { blockAt, blockBytes, distances, foldBytes, historyAt, historyBytes, vectorBytes } from './crc64-module.ts';

// CRC-64/NVME (catalogue: reveng.sourceforge.io/crc-catalogue), which S3 gives every object. 64-bit words in JavaScript are
// pairs of numbers or slow BigInts, with which the published package takes 2.5 ms for each MB. WebAssembly takes 0.4 ms with
// tables, and a fifth of that by folding, which costs 0.14 ms at the end.

/** A shorter body is finished sooner with tables. */
const foldFromBytes = 256 * 1024;
const idleMax = 4;

/** The machine of all checksums that use tables: they leave nothing in its memory. */
let shared: Crc64Machine | undefined;
/** Machines for checksums that fold, which keep their bytes in the memory. */
const idle: Crc64Machine[] = [];

/** A running checksum; `result` is base64 of the big-endian value. */
export function runningCrc64(): { update(bytes: Uint8Array): void; result(): string } {
  shared ??= crc64Machine();
  const { advanceOver } = shared;
  let register = -1n;
  let sizeBytes = 0;
  let folding: Folding | undefined;
  return {
    update(bytes) {
      if (sizeBytes >= foldFromBytes && bytes.length >= 8) folding ??= beginFolding(register);
      if (folding === undefined) register = advanceOver(register, bytes);
      else folding.update(bytes);
      sizeBytes += bytes.length;
    },
    result() {
      if (folding !== undefined) register = folding.end();
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64BE(BigInt.asUintN(64, ~register));
      return bytes.toString('base64');
    },
  };
}

/** The bytes of one checksum, folded as they arrive. */
interface Folding {
  /** The first call needs at least 8 bytes. */
  update(bytes: Uint8Array): void;
  /** The register after them. */
  end(): bigint;
}

let afterHistory: bigint | undefined;

function beginFolding(before: bigint): Folding {
  const machine = idle.pop() ?? crc64Machine();
  const { memory, fold, advance } = machine;
  memory.fill(0, historyAt, blockAt);
  let filled = 0;
  let register: bigint | undefined = before;
  return {
    update(bytes) {
      for (let at = 0; at < bytes.length; ) {
        const part = bytes.subarray(at, at + blockBytes - filled);
        memory.set(part, blockAt + filled);
        if (register !== undefined) {
          new BigUint64Array(memory.buffer, blockAt, 1)[0]! ^= register;
          register = undefined;
        }
        at += part.length;
        filled += part.length;
        if (filled < blockBytes) continue;
        fold(historyAt, historyAt + blockBytes);
        memory.copyWithin(historyAt, blockAt + blockBytes - historyBytes, blockAt + blockBytes);
        filled = 0;
      }
    },
    end() {
      const foldedEnd = blockAt + (filled & -foldBytes);
      fold(historyAt, foldedEnd - historyBytes);
      const folded = new Uint8Array(historyBytes);
      addFolded(new Uint32Array(memory.buffer), foldedEnd, new Uint32Array(folded.buffer));
      const tail = memory.slice(foldedEnd, blockAt + filled);
      memory.set(folded, historyAt);
      // The folded bytes stand a history further behind than they should.
      afterHistory ??= inversePower(8 * historyBytes);
      const behind = BigInt.asUintN(64, advance(0n, historyAt, historyBytes));
      memory.set(tail, blockAt);
      const after = advance(product(behind, afterHistory), blockAt, tail.length);
      if (idle.length < idleMax) idle.push(machine);
      return after;
    },
  };
}

/** Adds to zeros `behind` what the vectors before `end` fold into them. */
function addFolded(memory: Uint32Array, end: number, behind: Uint32Array): void {
  for (const distance of distances) {
    const words = (distance * vectorBytes) / 4;
    const from = end / 4 - words;
    for (let at = 0; at < words; at++) behind[at]! ^= memory[from + at]!;
  }
}
