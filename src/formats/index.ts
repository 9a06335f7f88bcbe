// formats: bytes to rows and back: CSV, JSON, libsvm, recordIO-protobuf, Parquet; MXNet arrays and zip files of models.
// It never knows what a row means to a learner; it runs in a browser.
// Start reading at table.ts.

export { frameRecord, readRecordIo } from '../framing/index.ts';
export { type ContentType, contentTypes, indexBase, labelSize, parseContentType } from './content-type.ts';
export { csvDecoder } from './csv/csv.ts';
export { csvTexts } from './csv/csv-texts.ts';
export { ColumnHasher, columnHash, hashColumns } from './hash-columns.ts';
export {
  linesIn as jsonLinesIn,
  parseJson,
  parseJsonInstances,
  parseJsonLines,
  parseSparseJsonInstances,
  parseSparseJsonLines,
  show as showJson,
} from './json/json-instances.ts';
export { jsonLinesDecoder } from './json/json-lines.ts';
export { PythonFloat, type PythonValue, pythonFloat, pythonJson } from './json/python-json.ts';
export { baseOf, compactBlock, doubleCellsMax, writeFeatures } from './keep-rows.ts';
export { libsvmDecoder } from './libsvm.ts';
export { type NdArray, type NdType, readNdArrays, writeNdArrays } from './model-archive/nd-array.ts';
export { packTarGz, unpackTarGz } from './model-archive/tar-gz.ts';
export { readZip, writeZip } from './model-archive/zip.ts';
export { encodeOnnx, type OnnxConstant, type OnnxGraph, type OnnxNode, type OnnxValue } from './onnx/onnx.ts';
export { type OnnxFacts, type OnnxPort, readOnnx } from './onnx/read-onnx.ts';
export { withoutZipMaps } from './onnx/without-zip-maps.ts';
export { type FileSlices, openParquet } from './parquet/parquet.ts';
export { openParquetCells } from './parquet/parquet-cells.ts';
export { encodePredictions, type Predictions, renderCsv, renderJson, renderJsonLines } from './predictions.ts';
export {
  decodeRecord,
  encodeRecord,
  type RecordMessage,
  type Tensor,
  type TensorKind,
} from './record-io/record-protobuf.ts';
export { recordDecoder, storedRecordDecoder } from './record-io/record-rows.ts';
export { encodeRows } from './record-io/record-template.ts';
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
export { unpackZstdFrame } from './zstd.ts';
