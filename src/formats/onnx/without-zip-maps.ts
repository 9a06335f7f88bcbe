/**
 * A model whose maps are tensors. scikit-learn's classifiers, as skl2onnx writes them, answer with a map for each row, which
 * ONNX Runtime for WebAssembly cannot hand out. What is mapped is a tensor that the caller can name the columns of.
 */
import { bytesField, concatBytes } from '../record-io/protobuf.ts';
import { nodeBytes, opsetBytes, valueBytes } from './onnx.ts';
import type { OnnxFacts, Span } from './read-onnx.ts';

/** The bytes with an operator that passes the tensor on in place of each ZipMap, under the name of the map. */
export function withoutZipMaps(bytes: Uint8Array, { zipMaps, outputs, graph, opsets }: OnnxFacts): Uint8Array {
  if (zipMaps.length === 0) return bytes;
  const changes: (Span & { with: Uint8Array })[] = [];
  for (const { input, output, labels, span } of zipMaps) {
    const node = { operator: 'Identity', inputs: [input], outputs: [output] };
    changes.push({ ...span, with: bytesField(1, nodeBytes(node, output)) });
    for (const port of outputs.filter(({ name }) => name === output))
      changes.push({
        ...port.span,
        with: bytesField(12, valueBytes({ name: output, kind: 'float32', shape: ['rows', labels.length] })),
      });
  }
  changes.sort((a, b) => a.start - b.start);
  const parts: Uint8Array[] = [];
  let at = graph.content.start;
  for (const change of changes) {
    parts.push(bytes.subarray(at, change.start), change.with);
    at = change.end;
  }
  parts.push(bytes.subarray(at, graph.content.end));
  return concatBytes([
    bytes.subarray(0, graph.field.start),
    bytesField(7, concatBytes(parts)),
    bytes.subarray(graph.field.end),
    // A model of classical operators alone need not name ONNX's own, of which Identity is one.
    ...(opsets.has('') ? [] : [bytesField(8, opsetBytes('', identityOpset))]),
  ]);
}

const identityOpset = 13;
