/**
 * What a model.onnx says of itself: inputs, outputs, versions and files beside it. Weights are passed over. The field numbers
 * are those of onnx.proto.
 */
import { DataError } from '../../base/index.ts';
import { ProtobufCursor, wire } from '../record-io/protobuf.ts';

export interface OnnxFacts {
  /** Version of the file format. */
  irVersion: number;
  /** Versions of the sets of operators, by domain; '' is ONNX's own. */
  opsets: ReadonlyMap<string, number>;
  /** What a caller gives: those with a value in the file are left out. */
  inputs: readonly OnnxPort[];
  outputs: readonly OnnxPort[];
  /** Files with weights, as paths beside the model. */
  externalFiles: readonly string[];
  /** Outputs that are maps from classes to numbers. */
  zipMaps: readonly ZipMap[];
  /** Where the graph lies in the file: its field, and its content. */
  graph: { field: Span; content: Span };
}

/** An input or output. */
export interface OnnxPort {
  name: string;
  /** Number of the element type; undefined for what is no tensor. */
  element: number | undefined;
  /** A number, or a name that stands for any; undefined where nothing is said. */
  shape: readonly (number | string | undefined)[] | undefined;
  span: Span;
}

/** The operator that makes a map for each row, where its result is an output. */
export interface ZipMap {
  input: string;
  output: string;
  labels: readonly (string | bigint)[];
  span: Span;
}

export interface Span {
  start: number;
  end: number;
}

/** Throws DataError for bytes that are no model, or the beginning of one. */
export function readOnnx(bytes: Uint8Array): OnnxFacts {
  const cursor = new ProtobufCursor();
  cursor.fault = (fact) => new DataError(`It is damaged, or no ONNX model: it ${fact}`);
  let irVersion = 0;
  const opsets = new Map<string, number>();
  let graph: OnnxFacts['graph'] | undefined;
  eachField(cursor, bytes, { start: 0, end: bytes.length }, (field, content, span) => {
    if (field === 1) irVersion = cursor.varint();
    if (field === 7 && content !== undefined) graph = { field: span, content };
    if (field !== 8 || content === undefined) return;
    let domain = '';
    let version = 0;
    eachField(cursor, bytes, content, (inner, text) => {
      if (inner === 1 && text !== undefined) domain = textOf(bytes, text);
      if (inner === 2) version = cursor.varint();
    });
    opsets.set(domainOf(domain), version);
  });
  if (graph === undefined) throw new DataError('It is damaged, or no ONNX model: it has no graph');
  return { irVersion, opsets, graph, ...readGraph(cursor, bytes, graph.content) };
}

/** ONNX's own operators have two names for their domain. */
const domainOf = (domain: string): string => (domain === 'ai.onnx' ? '' : domain);

function readGraph(cursor: ProtobufCursor, bytes: Uint8Array, graph: Span) {
  const inputs: OnnxPort[] = [];
  const outputs: OnnxPort[] = [];
  const nodes: ZipMap[] = [];
  const given = new Set<string>();
  const externalFiles = new Set<string>();
  eachField(cursor, bytes, graph, (field, content, span) => {
    if (content === undefined) return;
    if (field === 1) nodes.push(...readZipMap(cursor, bytes, content, span));
    if (field === 5) {
      const { name, file } = readWeights(cursor, bytes, content);
      given.add(name);
      if (file !== undefined) externalFiles.add(file);
    }
    if (field === 11) inputs.push(readPort(cursor, bytes, content, span));
    if (field === 12) outputs.push(readPort(cursor, bytes, content, span));
  });
  if (outputs.length === 0) throw new DataError('It is damaged, or no ONNX model: its graph has no output');
  return {
    inputs: inputs.filter(({ name }) => !given.has(name)),
    outputs,
    externalFiles: [...externalFiles],
    zipMaps: nodes.filter(({ output }) => outputs.some(({ name }) => name === output)),
  };
}

/** The operator ZipMap; none for any other. */
function readZipMap(cursor: ProtobufCursor, bytes: Uint8Array, node: Span, span: Span): ZipMap[] {
  let operator = '';
  let input = '';
  let output = '';
  const attributes: Span[] = [];
  eachField(cursor, bytes, node, (field, content) => {
    if (content === undefined) return;
    if (field === 1) input ||= textOf(bytes, content);
    if (field === 2) output ||= textOf(bytes, content);
    if (field === 4) operator = textOf(bytes, content);
    if (field === 5) attributes.push(content);
  });
  if (operator !== 'ZipMap') return [];
  const labels = attributes.flatMap((attribute) => readLabels(cursor, bytes, attribute));
  return [{ input, output, labels, span }];
}

/** The lists of texts and of whole numbers in an attribute; the latter may be packed. */
function readLabels(cursor: ProtobufCursor, bytes: Uint8Array, attribute: Span): (string | bigint)[] {
  const labels: (string | bigint)[] = [];
  eachField(cursor, bytes, attribute, (field, content) => {
    if (field === 9 && content !== undefined) labels.push(textOf(bytes, content));
    if (field !== 8) return;
    if (content === undefined) labels.push(cursor.int64());
    else while (cursor.position < content.end) labels.push(cursor.int64());
  });
  return labels;
}

/** The name of a tensor, and the file that holds it where that is another one. */
function readWeights(cursor: ProtobufCursor, bytes: Uint8Array, tensor: Span) {
  let name = '';
  let file: string | undefined;
  eachField(cursor, bytes, tensor, (field, content) => {
    if (content === undefined) return;
    if (field === 8) name = textOf(bytes, content);
    if (field !== 13) return;
    const entry: string[] = [];
    eachField(cursor, bytes, content, (inner, text) => {
      if (text !== undefined) entry[inner] = textOf(bytes, text);
    });
    if (entry[1] === 'location') file = entry[2];
  });
  return { name, file };
}

function readPort(cursor: ProtobufCursor, bytes: Uint8Array, port: Span, span: Span): OnnxPort {
  let name = '';
  let element: number | undefined;
  let shape: OnnxPort['shape'];
  eachField(cursor, bytes, port, (field, content) => {
    if (content === undefined) return;
    if (field === 1) name = textOf(bytes, content);
    if (field !== 2) return;
    eachField(cursor, bytes, content, (kind, tensor) => {
      if (kind !== 1 || tensor === undefined) return;
      eachField(cursor, bytes, tensor, (inner, dimensions) => {
        if (inner === 1) element = cursor.varint();
        if (inner === 2 && dimensions !== undefined) shape = readShape(cursor, bytes, dimensions);
      });
    });
  });
  return { name, element, shape, span };
}

function readShape(cursor: ProtobufCursor, bytes: Uint8Array, shape: Span): (number | string | undefined)[] {
  const sizes: (number | string | undefined)[] = [];
  eachField(cursor, bytes, shape, (field, dimension) => {
    if (field !== 1 || dimension === undefined) return;
    let size: number | string | undefined;
    eachField(cursor, bytes, dimension, (kind, text) => {
      if (kind === 1 && text === undefined) size = Number(cursor.int64());
      if (kind === 2 && text !== undefined) size = textOf(bytes, text);
    });
    // Some exporters write -1 or 0 for a size that may be any.
    sizes.push(typeof size === 'number' && size < 1 ? undefined : size);
  });
  return sizes;
}

const utf8 = new TextDecoder();
const textOf = (bytes: Uint8Array, { start, end }: Span): string => utf8.decode(bytes.subarray(start, end));

/**
 * Goes through the fields of a message. `visit` gets the number, the content of a field that has a length, and the whole field;
 * the value of another one stands at the cursor. It may move the cursor.
 */
function eachField(
  cursor: ProtobufCursor,
  bytes: Uint8Array,
  message: Span,
  visit: (field: number, content: Span | undefined, span: Span) => void,
): void {
  for (let at = message.start; at < message.end; ) {
    cursor.open(bytes, at, message.end);
    const tag = cursor.tag();
    const value = cursor.position;
    let content: Span | undefined;
    if (tag % 8 === wire.bytes) {
      const end = cursor.lengthEnd();
      content = { start: cursor.position, end };
    }
    cursor.position = value;
    cursor.skip(tag);
    const span = { start: at, end: cursor.position };
    at = span.end;
    cursor.open(bytes, content?.start ?? value, content?.end ?? span.end);
    visit(Math.floor(tag / 8), content, span);
  }
}
