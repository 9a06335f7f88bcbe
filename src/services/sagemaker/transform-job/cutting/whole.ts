import { type Cutting, tooLarge } from './cutting.ts';

/** The whole object as one body; an empty object has none. */
export async function* cutWhole(bytes: AsyncIterable<Uint8Array>, cutting: Cutting): AsyncGenerator<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of bytes) {
    sizeBytes += chunk.length;
    if (sizeBytes > cutting.bodyBytesMax) throw tooLarge('the object', sizeBytes, cutting);
    chunks.push(chunk);
  }
  if (sizeBytes > 0) yield chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, sizeBytes);
}
