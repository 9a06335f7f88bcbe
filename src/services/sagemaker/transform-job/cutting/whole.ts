import { type Cutting, tooLarge } from './cutting.ts';
import { Gathered } from './gathered.ts';

/** The whole object as one body; an empty object has none. */
export async function* cutWhole(bytes: AsyncIterable<Uint8Array>, cutting: Cutting): AsyncGenerator<Uint8Array> {
  const gathered = new Gathered(cutting.bodyBytesMax);
  for await (const chunk of bytes) {
    if (gathered.add(chunk, 0) < chunk.length) throw tooLarge('the object', cutting.bodyBytesMax + 1, cutting);
  }
  if (gathered.bytes.length > 0) yield gathered.bytes;
}
