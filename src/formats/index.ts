// formats: bytes to rows and back: CSV, JSON Lines, recordIO-protobuf, the model archive.
// It never knows what a row means to a learner; it runs in a browser.
// Start reading at table.ts.
export { type ContentType, contentTypes, indexBase, labelSize, parseContentType } from './content-type.ts';
export { csvDecoder } from './csv.ts';
export { ColumnHasher, columnHash, hashColumns } from './hash-columns.ts';
export {
  parseJson,
  parseJsonInstances,
  parseJsonLines,
  parseSparseJsonInstances,
  parseSparseJsonLines,
} from './json-instances.ts';
export { jsonLinesDecoder } from './json-lines.ts';
export { baseOf, compactBlock, doubleCellsMax, writeFeatures } from './keep-rows.ts';
export { libsvmDecoder } from './libsvm.ts';
export { type NdArray, type NdType, readNdArrays, writeNdArrays } from './nd-array.ts';
export { type FileSlices, openParquet } from './parquet.ts';
export { encodePredictions, type Predictions, renderCsv, renderJson, renderJsonLines } from './predictions.ts';
export { PythonFloat, type PythonValue, pythonFloat, pythonJson } from './python-json.ts';
export { frameRecord, readRecordIo } from './record-io.ts';
export { decodeRecord, encodeRecord, type RecordMessage, type Tensor, type TensorKind } from './record-protobuf.ts';
export { recordDecoder, storedRecordDecoder } from './record-rows.ts';
export { encodeRows } from './record-template.ts';
export {
  type BlockDecoder,
  copyBlock,
  decodeAll,
  decodeAllSparse,
  type RowDecoder,
  type RowDecoderOptions,
} from './row-decoder.ts';
export { copySparseBlock, expandBlock, sparsifyBlock } from './sparse-rows.ts';
export * from './table.ts';
export { readZip, writeZip } from './zip.ts';
export { unpackZstdFrame } from './zstd.ts';
