// framing: which bytes are one record, by line or by RecordIO, and which format foreign bytes have.
// It never knows what is in a record; it runs in a browser, and the platform may import it.
// Start reading at line-queue.ts.
export { foreignFormat } from './foreign-format.ts';
export { LineQueue, lineEnd } from './line-queue.ts';
export { frameRecord, RecordIoReader, readRecordIo, recordFrame, recordLengthMax } from './record-io.ts';
