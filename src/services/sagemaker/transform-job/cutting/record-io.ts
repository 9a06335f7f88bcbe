import { frameRecord, RecordIoReader, readRecordIo } from '../../../../framing/index.ts';
import type { Cutting } from './cutting.ts';
import { type FramedRecord, gather } from './gather.ts';

/** Records of RecordIO. One that its writer had split is framed again as a whole. */
export const cutRecordIo = (bytes: AsyncIterable<Uint8Array>, cutting: Cutting): AsyncGenerator<Uint8Array> =>
  gather(framed(bytes), cutting);

export const recordIoRecords = (body: Uint8Array): Uint8Array[] => readRecordIo(body).map(frameRecord);

const headerBytes = 8;

async function* framed(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<FramedRecord> {
  const reader = new RecordIoReader();
  for await (const chunk of bytes) {
    reader.append(chunk);
    while (reader.next()) {
      const { bytes: all, start, end } = reader;
      const payload = all.subarray(start, end);
      const padded = start + ((end - start + 3) & ~3);
      yield { payload, frame: reader.isWhole ? all.subarray(start - headerBytes, padded) : frameRecord(payload) };
    }
  }
  reader.finish();
}
