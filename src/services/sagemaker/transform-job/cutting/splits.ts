import type { Cutting } from './cutting.ts';
import { cutLines, linesOf } from './lines.ts';
import { cutRecordIo, recordIoRecords } from './record-io.ts';
import { cutTfRecords, tfRecords } from './tf-record.ts';
import { cutWhole } from './whole.ts';

export type SplitType = 'None' | 'Line' | 'RecordIO' | 'TFRecord';

interface Split {
  /**
   * The bodies of all requests of an object, in its order; each has memory of its own. Is done with a chunk when it asks for the
   * next. Throws DataError, as for a record that is too large.
   */
  cut(bytes: AsyncIterable<Uint8Array>, cutting: Cutting): AsyncGenerator<Uint8Array>;
  /** The records of one body of several, each as a body of its own. */
  records(body: Uint8Array): Uint8Array[];
}

export const splits: Readonly<Record<SplitType, Split>> = {
  None: { cut: cutWhole, records: (body) => [body] },
  Line: { cut: cutLines, records: linesOf },
  RecordIO: { cut: cutRecordIo, records: recordIoRecords },
  TFRecord: { cut: cutTfRecords, records: tfRecords },
};
