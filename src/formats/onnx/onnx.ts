/**
 * Models as ONNX writes them: a graph of operators over tensors, in protobuf. Only what our own models need. Source:
 * onnx.proto of ONNX, whose field numbers stand here.
 */
import { bytesField, concatBytes, varintBytes, wire } from '../record-io/protobuf.ts';

export interface OnnxGraph {
  name: string;
  inputs: readonly OnnxValue[];
  outputs: readonly OnnxValue[];
  nodes: readonly OnnxNode[];
  constants: readonly OnnxConstant[];
}

export interface OnnxValue {
  name: string;
  kind: OnnxKind;
  /** A name stands for any number, such as that of the rows. */
  shape: readonly (number | string)[];
}

export type OnnxKind = 'float32' | 'float64' | 'int64';

export interface OnnxNode {
  operator: string;
  inputs: readonly string[];
  outputs: readonly string[];
  attributes?: Readonly<Record<string, OnnxAttribute>>;
  /** Whether it is one of the operators of classical machine learning. */
  isMl?: boolean;
}

export type OnnxAttribute =
  | { int: number }
  | { text: string }
  | { floats: ArrayLike<number> }
  | { ints: ArrayLike<number> }
  | { texts: readonly string[] };

export interface OnnxConstant {
  name: string;
  kind: OnnxKind;
  shape: readonly number[];
  values: ArrayLike<number>;
}

/** Types of elements, and of attributes, by their numbers. */
const kindNumbers = { float32: 1, int64: 7, float64: 11 } as const;
const attributeNumbers = { int: 2, text: 3, floats: 6, ints: 7, texts: 8 } as const;

/** Versions that runtimes of 2022 and later read: IR 8 and operators of ONNX 1.12. */
const irVersion = 8;
const operatorVersion = 17;
const mlVersion = 3;
const mlDomain = 'ai.onnx.ml';

/** The bytes of a model.onnx. */
export function encodeOnnx(graph: OnnxGraph): Uint8Array {
  return concatBytes([
    int(1, irVersion),
    text(2, 'linnet'),
    bytesField(7, graphBytes(graph)),
    bytesField(8, opsetBytes('', operatorVersion)),
    ...(graph.nodes.some(({ isMl }) => isMl) ? [bytesField(8, opsetBytes(mlDomain, mlVersion))] : []),
  ]);
}

/** A set of operators. */
export const opsetBytes = (domain: string, version: number): Uint8Array =>
  concatBytes([...(domain === '' ? [] : [text(1, domain)]), int(2, version)]);

const utf8 = new TextEncoder();
const text = (field: number, value: string): Uint8Array => bytesField(field, utf8.encode(value));
const int = (field: number, value: number): Uint8Array =>
  Uint8Array.of(...varintBytes(field * 8 + wire.varint), ...varintBytes(value));

function graphBytes({ name, inputs, outputs, nodes, constants }: OnnxGraph): Uint8Array {
  return concatBytes([
    ...nodes.map((node, index) => bytesField(1, nodeBytes(node, `${node.operator}_${index}`))),
    text(2, name),
    ...constants.map((constant) => bytesField(5, tensorBytes(constant))),
    ...inputs.map((value) => bytesField(11, valueBytes(value))),
    ...outputs.map((value) => bytesField(12, valueBytes(value))),
  ]);
}

export function nodeBytes(
  { operator, inputs, outputs, attributes = {}, isMl }: OnnxNode,
  /** For messages of runtimes. */
  name: string,
): Uint8Array {
  return concatBytes([
    ...inputs.map((name) => text(1, name)),
    ...outputs.map((name) => text(2, name)),
    text(3, name),
    text(4, operator),
    ...Object.entries(attributes).map(([name, value]) => bytesField(5, attributeBytes(name, value))),
    ...(isMl ? [text(7, mlDomain)] : []),
  ]);
}

function attributeBytes(name: string, value: OnnxAttribute): Uint8Array {
  const [kind] = Object.keys(value) as (keyof typeof attributeNumbers)[];
  return concatBytes([text(1, name), attributeValue(value), int(20, attributeNumbers[kind!])]);
}

function attributeValue(value: OnnxAttribute): Uint8Array {
  if ('int' in value) return int(3, value.int);
  if ('text' in value) return text(4, value.text);
  if ('floats' in value) return bytesField(7, littleEndian('float32', value.floats));
  if ('ints' in value) return bytesField(8, packed(value.ints));
  return concatBytes(value.texts.map((each) => text(9, each)));
}

function tensorBytes({ name, kind, shape, values }: OnnxConstant): Uint8Array {
  return concatBytes([
    bytesField(1, packed(shape)),
    int(2, kindNumbers[kind]),
    text(8, name),
    bytesField(9, littleEndian(kind, values)),
  ]);
}

export function valueBytes({ name, kind, shape }: OnnxValue): Uint8Array {
  const sizes = shape.map((size) => bytesField(1, typeof size === 'number' ? int(1, size) : text(2, size)));
  const tensor = concatBytes([int(1, kindNumbers[kind]), bytesField(2, concatBytes(sizes))]);
  return concatBytes([text(1, name), bytesField(2, bytesField(1, tensor))]);
}

/** Whole numbers from 0 on, one after another. */
function packed(values: ArrayLike<number>): Uint8Array {
  const bytes: number[] = [];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < 128) bytes.push(value);
    else bytes.push(...varintBytes(value));
  }
  return Uint8Array.from(bytes);
}

function littleEndian(kind: OnnxKind, values: ArrayLike<number>): Uint8Array {
  const width = kind === 'float32' ? 4 : 8;
  const view = new DataView(new ArrayBuffer(values.length * width));
  for (let i = 0; i < values.length; i++) {
    if (kind === 'float32') view.setFloat32(width * i, values[i]!, true);
    else if (kind === 'float64') view.setFloat64(width * i, values[i]!, true);
    else view.setBigInt64(width * i, BigInt(values[i]!), true);
  }
  return new Uint8Array(view.buffer);
}
