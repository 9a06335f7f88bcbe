/** A body larger than this is not captured: its invocation goes without, as it is not to be held in memory. */
export const collectedBytesMax = 6 * 1024 * 1024;

/** A body on its way, of which a copy is kept while it is small. */
export interface Collected {
  body: AsyncIterable<Uint8Array>;
  /** Once it has been read to its end; undefined for one that was too large. */
  whole(): Buffer | undefined;
}

export function collect(source: AsyncIterable<Uint8Array>): Collected {
  let chunks: Uint8Array[] = [];
  let bytes = 0;
  let isWhole = false;
  async function* passing(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      bytes += chunk.byteLength;
      if (bytes <= collectedBytesMax) chunks.push(chunk);
      else chunks = [];
      yield chunk;
    }
    isWhole = bytes <= collectedBytesMax;
  }
  return { body: passing(), whole: () => (isWhole ? Buffer.concat(chunks) : undefined) };
}
