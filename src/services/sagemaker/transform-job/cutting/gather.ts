import { type Cutting, tooLarge } from './cutting.ts';

/** One record, and the same bytes as they were framed. */
export interface FramedRecord {
  payload: Uint8Array;
  frame: Uint8Array;
}

/** Single payloads, or as many frames as fit into a body. The records' bytes are copied. */
export async function* gather(records: AsyncIterable<FramedRecord>, cutting: Cutting): AsyncGenerator<Uint8Array> {
  const { single, bodyBytesMax } = cutting;
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  for await (const { payload, frame } of records) {
    const own = single ? payload : frame;
    if (own.length > bodyBytesMax) throw tooLarge('a record', own.length, cutting);
    if (single) {
      yield Buffer.from(own);
      continue;
    }
    if (waitingBytes + own.length > bodyBytesMax) {
      yield Buffer.concat(waiting, waitingBytes);
      waiting = [];
      waitingBytes = 0;
    }
    waiting.push(Buffer.from(own));
    waitingBytes += own.length;
  }
  if (waitingBytes > 0) yield Buffer.concat(waiting, waitingBytes);
}
