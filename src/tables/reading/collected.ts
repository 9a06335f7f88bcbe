import { DataError } from '../../base/index.ts';
import type { TableSource } from '../table.ts';

/** What is read as a whole. */
const bytesMax = 2 ** 31;

/** All bytes of a source. Rejects with DataError when they are too many. */
export async function collected({ name, stream }: TableSource): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream()) {
    length += chunk.length;
    if (length > bytesMax) throw new DataError(`"${name}" has more than ${bytesMax} bytes`, { source: name });
    chunks.push(chunk.slice());
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
