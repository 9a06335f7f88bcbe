import { crc32c } from '@node-rs/crc32';
import { DataError } from '../../../../base/index.ts';
import type { Cutting } from './cutting.ts';
import { type FramedRecord, gather } from './gather.ts';

/*
 * TFRecord framing: u64 length, u32 masked CRC-32C of those eight bytes, the payload, u32 masked CRC-32C of it, all
 * little-endian. Source: TensorFlow, `core/lib/io/record_writer.h`.
 */
const headBytes = 12;
const tailBytes = 4;
/** The longest record that is read; a body holds at most 100 MB. */
const recordBytesMax = 128 * 1024 * 1024;

export const cutTfRecords = (bytes: AsyncIterable<Uint8Array>, cutting: Cutting): AsyncGenerator<Uint8Array> =>
  gather(framed(bytes), cutting);

export function tfRecords(body: Uint8Array): Uint8Array[] {
  const records: Uint8Array[] = [];
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  for (let at = 0; at < bytes.length; ) {
    const { frame } = recordAt(bytes, at, records.length + 1)!;
    records.push(frame);
    at += frame.length;
  }
  return records;
}

async function* framed(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<FramedRecord> {
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let neededBytes = headBytes;
  let count = 0;
  for await (const chunk of chunks) {
    waiting.push(Uint8Array.from(chunk));
    waitingBytes += chunk.length;
    if (waitingBytes < neededBytes) continue;
    const bytes = Buffer.concat(waiting, waitingBytes);
    let at = 0;
    for (let found = recordAt(bytes, at, count + 1); found !== undefined; found = recordAt(bytes, at, count + 1)) {
      yield found;
      at += found.frame.length;
      count += 1;
    }
    waiting = [bytes.subarray(at)];
    waitingBytes = bytes.length - at;
    neededBytes = waitingBytes < headBytes ? headBytes : headBytes + lengthAt(bytes, at, count + 1) + tailBytes;
  }
  if (waitingBytes > 0)
    throw new DataError(`Record ${count + 1} is cut off: the object ends ${waitingBytes} bytes after its beginning`);
}

function recordAt(bytes: Buffer, at: number, record: number): FramedRecord | undefined {
  if (bytes.length - at < headBytes) return undefined;
  const end = at + headBytes + lengthAt(bytes, at, record);
  if (bytes.length < end + tailBytes) return undefined;
  const payload = bytes.subarray(at + headBytes, end);
  if (maskedCrc(payload) !== bytes.readUInt32LE(end)) throw damaged(record, 'the checksum of its content is wrong');
  return { payload, frame: bytes.subarray(at, end + tailBytes) };
}

function lengthAt(bytes: Buffer, at: number, record: number): number {
  if (maskedCrc(bytes.subarray(at, at + 8)) !== bytes.readUInt32LE(at + 8))
    throw damaged(record, record === 1 ? 'the object is not of TFRecords' : 'the checksum of its length is wrong');
  const length = Number(bytes.readBigUInt64LE(at));
  if (length > recordBytesMax)
    throw new DataError(`Record ${record} has ${length} bytes; the limit is ${recordBytesMax}`);
  return length;
}

const damaged = (record: number, fact: string): DataError => new DataError(`Record ${record} is damaged: ${fact}`);

const maskedCrc = (bytes: Uint8Array): number => {
  const crc = crc32c(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)) >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
};
