/**
 * Gives the memory of large arrays back within moments; they are empty from then on. An array that has grown old waits for
 * a full collection, which may not come while the next passes run: moved to a new owner that nobody keeps, it dies young.
 */
export function discard(...arrays: readonly ArrayBufferView<ArrayBuffer>[]): void {
  for (const { buffer } of arrays) {
    if (buffer.byteLength >= largeBytes) structuredClone(buffer, { transfer: [buffer] });
  }
}

const largeBytes = 2 ** 20;
