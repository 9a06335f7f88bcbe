/**
 * Frees the memory of large arrays soon; they are empty afterwards. An old array waits for a full garbage
 * collection, which may not come while the next passes run: moved to a new owner without references, it is collected early.
 */
export function discard(...arrays: readonly ArrayBufferView<ArrayBuffer>[]): void {
  for (const { buffer } of arrays) {
    if (buffer.byteLength >= largeBytes) structuredClone(buffer, { transfer: [buffer] });
  }
}

const largeBytes = 2 ** 20;
