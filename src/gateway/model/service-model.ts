import { readFileSync } from 'node:fs';
import { assert } from '../../base/index.ts';
import type { ServiceName } from '../operation.ts';
import { compilePattern } from './pattern.ts';

export type ProtocolName = 'json' | 'rest-json' | 'query' | 'rest-xml' | 'smithy-rpc-v2-cbor';
export type TimestampFormat = 'iso8601' | 'rfc822' | 'unixTimestamp';
type ScalarType = 'string' | 'integer' | 'long' | 'float' | 'double' | 'boolean' | 'timestamp' | 'blob';

/** A shape with its references resolved; recursive shapes refer to themselves. */
export interface Shape {
  name: string;
  type: ScalarType | 'structure' | 'list' | 'map';
  /** In the model's order. Empty but for structures. */
  members: readonly Member[];
  /** Of a list: its items. Of a map: its values. */
  item: Member | undefined;
  /** Of a map. */
  key: Member | undefined;
  min: number | undefined;
  max: number | undefined;
  /** As the model prints it. */
  pattern: string | undefined;
  /** Compiled at first use: most requests need a few of the hundreds. */
  matcher: () => RegExp;
  enumeration: readonly string[] | undefined;
  /** The member that is the HTTP body by itself. */
  payload: string | undefined;
  flattened: boolean;
  locationName: string | undefined;
  xmlNamespace: XmlNamespace | undefined;
  timestampFormat: TimestampFormat | undefined;
  sensitive: boolean;
  /** A stream of events, framed. */
  eventStream: boolean;
  exception: { code: string; status: number } | undefined;
}

export interface Member {
  name: string;
  shape: Shape;
  required: boolean;
  location: 'uri' | 'querystring' | 'header' | 'headers' | 'statusCode' | undefined;
  /** Name on the wire, or the member's own. */
  wireName: string;
  /** `wireName` in lower case, as headers are kept. */
  headerName: string;
  renamed: boolean;
  flattened: boolean;
  streaming: boolean;
  timestampFormat: TimestampFormat | undefined;
  xmlNamespace: XmlNamespace | undefined;
  xmlAttribute: boolean;
}

export interface XmlNamespace {
  uri: string;
  prefix?: string;
}

export interface OperationModel {
  name: string;
  method: string;
  uri: string;
  status: number;
  input: Shape;
  output: Shape;
  resultWrapper: string | undefined;
  /** Whether a client may compress the body. */
  gzip: boolean;
  /** Whether checksum headers are about the body, rather than about an object made by the operation. */
  bodyChecksum: boolean;
}

/** Method, URI and required names that distinguish the operations of a REST service. */
export interface Binding {
  name: string;
  method: string;
  uri: string;
  query: readonly string[];
  headers: readonly string[];
}

export interface ServiceModel {
  service: ServiceName;
  /** Amazon's name of the service, for messages. */
  fullName: string;
  apiVersion: string;
  /** Clients choose one; Amazon's own order. */
  protocols: readonly ProtocolName[];
  /** Of AWS JSON. */
  jsonVersion: string | undefined;
  /** Whether errors carry the code that Query gives them, too. */
  queryCompatible: boolean;
  targetPrefix: string | undefined;
  xmlNamespace: string | undefined;
  /** Whether the body of some operation may be compressed. */
  takesGzip: boolean;
  operation(name: string): OperationModel | undefined;
  /** Whether Amazon has the operation, offered by Linnet or not. */
  knows(name: string): boolean;
  /** All operations of a REST service; empty for the others. */
  bindings: readonly Binding[];
  /** An error's shape by its name or by its code on the wire. */
  exception(code: string): Shape | undefined;
  /** For the test that compiles every pattern. */
  shapes(): Shape[];
}

interface RawReference {
  shape: string;
  location?: Member['location'];
  locationName?: string;
  flattened?: boolean;
  streaming?: boolean;
  timestampFormat?: TimestampFormat;
  xmlNamespace?: XmlNamespace | string;
  xmlAttribute?: boolean;
}

interface RawShape {
  type: Shape['type'];
  required?: string[];
  members?: Record<string, RawReference | string>;
  member?: RawReference | string;
  key?: RawReference | string;
  value?: RawReference | string;
  min?: number;
  max?: number;
  pattern?: string;
  enum?: string[];
  payload?: string;
  flattened?: boolean;
  locationName?: string;
  xmlNamespace?: XmlNamespace | string;
  timestampFormat?: TimestampFormat;
  sensitive?: boolean;
  eventstream?: boolean;
  exception?: boolean;
  fault?: boolean;
  error?: { code?: string; httpStatusCode?: number };
}

interface RawOperation {
  method: string;
  uri: string;
  status?: number;
  input?: string;
  output?: string;
  resultWrapper?: string;
  bodyChecksum?: boolean;
  gzip?: boolean;
  query?: string[];
  headers?: string[];
}

interface RawModel {
  service: ServiceName;
  fullName: string;
  apiVersion: string;
  protocols: ProtocolName[];
  jsonVersion?: string;
  queryCompatible?: boolean;
  targetPrefix?: string;
  xmlNamespace?: string;
  operations: Record<string, RawOperation>;
  others: string[] | Record<string, RawOperation>;
  shapes: Record<string, RawShape>;
}

/** Reads models/<service>.json. Shapes are linked when first asked for. */
export function loadModel(service: ServiceName): ServiceModel {
  const file = new URL(`../../../../models/${service}.json`, import.meta.url);
  return linkModel(JSON.parse(readFileSync(file, 'utf8')) as RawModel);
}

function linkModel(raw: RawModel): ServiceModel {
  const linked = new Map<string, Shape>();
  const operations = new Map<string, OperationModel>();
  const others = Array.isArray(raw.others) ? raw.others : Object.keys(raw.others);
  const othersKnown = new Set(others);
  const exceptions = new Map<string, string>();
  for (const [name, shape] of Object.entries(raw.shapes)) {
    if (!shape.exception) continue;
    exceptions.set(name, name);
    if (shape.error?.code !== undefined) exceptions.set(shape.error.code, name);
  }

  const shapeOf = (name: string): Shape => {
    const known = linked.get(name);
    if (known !== undefined) return known;
    const source = raw.shapes[name];
    assert(source !== undefined, `The model of ${raw.service} has no shape ${name}`);
    const shape = linkScalar(name, source);
    linked.set(name, shape);
    const required = new Set(source.required);
    shape.members = Object.entries(source.members ?? {}).map(([member, reference]) =>
      memberOf(member, reference, required.has(member)),
    );
    const item = source.member ?? source.value;
    if (item !== undefined) shape.item = memberOf(source.value === undefined ? 'member' : 'value', item, false);
    if (source.key !== undefined) shape.key = memberOf('key', source.key, false);
    return shape;
  };
  const memberOf = (name: string, reference: RawReference | string, required: boolean): Member => {
    const from: RawReference = typeof reference === 'string' ? { shape: reference } : reference;
    const shape = shapeOf(from.shape);
    return {
      name,
      shape,
      required,
      location: from.location,
      wireName: from.locationName ?? name,
      headerName: (from.locationName ?? name).toLowerCase(),
      renamed: from.locationName !== undefined,
      flattened: from.flattened ?? shape.flattened,
      streaming: from.streaming ?? false,
      timestampFormat: from.timestampFormat ?? shape.timestampFormat,
      xmlNamespace: namespaceOf(from.xmlNamespace) ?? shape.xmlNamespace,
      xmlAttribute: from.xmlAttribute ?? false,
    };
  };

  return {
    service: raw.service,
    fullName: raw.fullName,
    apiVersion: raw.apiVersion,
    protocols: raw.protocols,
    jsonVersion: raw.jsonVersion,
    queryCompatible: raw.queryCompatible ?? false,
    takesGzip: Object.values(raw.operations).some(({ gzip }) => gzip),
    targetPrefix: raw.targetPrefix,
    xmlNamespace: raw.xmlNamespace,
    operation(name) {
      const known = operations.get(name);
      if (known !== undefined) return known;
      if (!Object.hasOwn(raw.operations, name)) return undefined;
      const source = raw.operations[name]!;
      const operation: OperationModel = {
        name,
        method: source.method,
        uri: source.uri,
        status: source.status ?? 200,
        input: source.input === undefined ? emptyShape : shapeOf(source.input),
        output: source.output === undefined ? emptyShape : shapeOf(source.output),
        resultWrapper: source.resultWrapper,
        gzip: source.gzip ?? false,
        bodyChecksum: source.bodyChecksum ?? false,
      };
      operations.set(name, operation);
      return operation;
    },
    knows: (name) => Object.hasOwn(raw.operations, name) || othersKnown.has(name),
    bindings: raw.protocols.some((name) => name.startsWith('rest-')) ? bindingsOf(raw) : [],
    exception(code) {
      const name = exceptions.get(code);
      return name === undefined ? undefined : shapeOf(name);
    },
    shapes: () => Object.keys(raw.shapes).map(shapeOf),
  };
}

function linkScalar(name: string, source: RawShape): Shape {
  let compiled: RegExp | undefined;
  return {
    name,
    type: source.type,
    members: [],
    item: undefined,
    key: undefined,
    min: source.min,
    max: source.max,
    pattern: source.pattern,
    matcher: () => {
      compiled ??= compilePattern(source.pattern ?? '[^]*');
      return compiled;
    },
    enumeration: source.enum,
    payload: source.payload,
    flattened: source.flattened ?? false,
    locationName: source.locationName,
    xmlNamespace: namespaceOf(source.xmlNamespace),
    timestampFormat: source.timestampFormat,
    sensitive: source.sensitive ?? false,
    eventStream: source.eventstream ?? false,
    exception: source.exception
      ? { code: source.error?.code ?? name, status: source.error?.httpStatusCode ?? (source.fault ? 500 : 400) }
      : undefined,
  };
}

const emptyShape: Shape = linkScalar('Unit', { type: 'structure' });

function namespaceOf(namespace: XmlNamespace | string | undefined): XmlNamespace | undefined {
  return typeof namespace === 'string' ? { uri: namespace } : namespace;
}

/** Bindings of offered operations come first, so that they win over equal ones. */
function bindingsOf(raw: RawModel): Binding[] {
  const offered = Object.entries(raw.operations).map(([name, { method, uri, input }]) => {
    const shape = input === undefined ? undefined : raw.shapes[input];
    const required = (shape?.required ?? []).map((member) => shape?.members?.[member]);
    const namesIn = (location: string): string[] =>
      required.flatMap((member) =>
        typeof member === 'object' && member.location === location ? [member.locationName!] : [],
      );
    return { name, method, uri, query: namesIn('querystring'), headers: namesIn('header') };
  });
  const others = Object.entries(raw.others as Record<string, RawOperation>).map(([name, other]) => ({
    name,
    method: other.method,
    uri: other.uri,
    query: other.query ?? [],
    headers: other.headers ?? [],
  }));
  return [...offered, ...others];
}
