import { ServiceError } from '../../base/index.ts';
import type { Member, Shape } from '../model/service-model.ts';
import { readTimestamp } from './timestamp.ts';

/** Recursive shapes (SearchExpression) could otherwise be nested until the stack ends. */
const depthMax = 64;

/**
 * Members of a JSON body as the model types them: timestamps as Date, blobs as Buffer. Unknown members are ignored,
 * null is the same as absent. CBOR is the same tree, in which times and bytes stand as such. Throws SerializationException (400) naming the member whose type is wrong.
 */
export function readJson(shape: Shape, value: unknown, path = '', depth = 0): unknown {
  if (depth > depthMax) throw wrong(`More than ${depthMax} levels of nesting`, path);
  switch (shape.type) {
    case 'structure': {
      if (typeof value !== 'object' || value === null || Array.isArray(value))
        throw unexpected(value, path, 'a structure');
      const source = value as Record<string, unknown>;
      const result: Record<string, unknown> = {};
      for (const member of shape.members) {
        if (!Object.hasOwn(source, member.name)) continue;
        const given = source[member.name];
        if (given !== null) result[member.name] = readJson(member.shape, given, join(path, member.name), depth + 1);
      }
      return result;
    }
    case 'list': {
      if (!Array.isArray(value)) throw unexpected(value, path, 'a list');
      const item = shape.item!.shape;
      return value.map((given, index) =>
        given === null ? undefined : readJson(item, given, `${path}.${index + 1}`, depth + 1),
      );
    }
    case 'map': {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unexpected(value, path, 'a map');
      const item = shape.item!.shape;
      const result: Record<string, unknown> = {};
      for (const [key, given] of Object.entries(value)) {
        if (given !== null) setOwn(result, key, readJson(item, given, join(path, key), depth + 1));
      }
      return result;
    }
    default:
      return readScalar(shape, value, path);
  }
}

/** Assigns a key a user chose: `__proto__` becomes a key like any other. */
export function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
  else target[key] = value;
}

function readScalar(shape: Shape, value: unknown, path: string): unknown {
  switch (shape.type) {
    case 'string':
      if (typeof value === 'string') return value;
      throw unexpected(value, path, 'a String');
    case 'boolean':
      if (typeof value === 'boolean') return value;
      throw unexpected(value, path, 'a Boolean');
    case 'integer':
    case 'long':
      if (typeof value === 'number' && Number.isInteger(value)) return value;
      throw unexpected(value, path, shape.type === 'long' ? 'a Long' : 'an Integer');
    case 'float':
    case 'double':
      if (typeof value === 'number') return value;
      if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value);
      throw unexpected(value, path, 'a Double');
    case 'timestamp': {
      if (value instanceof Date && !Number.isNaN(value.getTime())) return value;
      const time = typeof value === 'number' || typeof value === 'string' ? readTimestamp(value) : undefined;
      if (time !== undefined) return time;
      throw unexpected(value, path, 'a Timestamp');
    }
    default: {
      if (value instanceof Uint8Array) return Buffer.from(value);
      if (typeof value === 'string' && /^[A-Za-z0-9+/]*={0,2}$/.test(value)) return Buffer.from(value, 'base64');
      throw unexpected(value, path, 'a Blob');
    }
  }
}

function unexpected(value: unknown, path: string, wanted: string): ServiceError {
  if (value === null || typeof value === 'object') {
    return wrong(
      `Start of ${Array.isArray(value) ? 'list' : 'structure or map'} found where not expected; it must be ${wanted}`,
      path,
    );
  }
  const kind =
    typeof value === 'string'
      ? 'STRING_VALUE'
      : typeof value === 'number'
        ? Number.isInteger(value)
          ? 'NUMBER_VALUE'
          : 'DECIMAL_VALUE'
        : `${String(value).toUpperCase()}_VALUE`;
  return wrong(`${kind} can not be converted to ${wanted}`, path);
}

const wrong = (problem: string, path: string): ServiceError =>
  new ServiceError('SerializationException', path === '' ? problem : `${problem} (at '${path}')`, { status: 400 });

const join = (path: string, name: string): string => {
  const lower = `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
  return path === '' ? lower : `${path}.${lower}`;
};

/** What a format makes of the values that JSON has no type for. */
export interface Leaves {
  time(time: Date): unknown;
  bytes(bytes: Buffer): unknown;
  number(value: number): unknown;
}

const jsonLeaves: Leaves = {
  time: (time) => time.getTime() / 1000,
  bytes: (bytes) => bytes.toString('base64'),
  number: (value) => (Number.isFinite(value) ? value : String(value)),
};

/** The body of an answer: the members that the model knows, undefined ones left out; in JSON, times as seconds. */
export function writeJson(shape: Shape, value: unknown, leaves: Leaves = jsonLeaves): unknown {
  if (value === undefined || value === null) return undefined;
  switch (shape.type) {
    case 'structure':
      return writeMembers(shape.members, value as Record<string, unknown>, leaves);
    case 'list': {
      const item = shape.item!.shape;
      return (value as readonly unknown[]).map((entry) => writeJson(item, entry, leaves));
    }
    case 'map': {
      const item = shape.item!.shape;
      const result: Record<string, unknown> = {};
      for (const [key, entry] of Object.entries(value)) {
        if (entry !== undefined && entry !== null) setOwn(result, key, writeJson(item, entry, leaves));
      }
      return result;
    }
    case 'timestamp':
      return value instanceof Date ? leaves.time(value) : value;
    case 'blob':
      return leaves.bytes(Buffer.from(value as Uint8Array | string));
    case 'float':
    case 'double':
      return typeof value === 'number' ? leaves.number(value) : value;
    default:
      return value;
  }
}

/** As `writeJson`, for some of a structure's members: a REST body leaves out those that are headers. */
export function writeMembers(
  members: readonly Member[],
  source: Record<string, unknown>,
  leaves: Leaves = jsonLeaves,
): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const member of members) {
    const given = source[member.name];
    if (given !== undefined && given !== null) result[member.name] = writeJson(member.shape, given, leaves);
  }
  return result;
}
