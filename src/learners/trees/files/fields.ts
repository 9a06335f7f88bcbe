/** Fields of a parsed model, checked as they are taken out: JSON and UBJSON give the same ones. */
import { DataError } from '../../../base/index.ts';

type Fields = Readonly<Record<string, unknown>>;

export function fieldsOf(parent: Fields, key: string): Fields {
  const value = parent[key];
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value))
    return value as Fields;
  throw missing(key, 'an object');
}

export function listOf(parent: Fields, key: string): readonly unknown[] {
  const value = parent[key];
  if (Array.isArray(value)) return value;
  throw missing(key, 'a list');
}

export function textOf(parent: Fields, key: string): string {
  const value = parent[key];
  if (typeof value === 'string') return value;
  throw missing(key, 'a text');
}

/** Numbers of parameters are texts: `"5E-1"`. */
export function numberOf(parent: Fields, key: string, otherwise?: number): number {
  const value = parent[key];
  if (value === undefined && otherwise !== undefined) return otherwise;
  const number = Number(value);
  if (value !== undefined && value !== null && value !== '' && !Number.isNaN(number)) return number;
  throw missing(key, 'a number');
}

/** One number, or since version 3.1 a list of them, as a text: `"[5E-1,2E-1]"`. */
export function numbersInText(parent: Fields, key: string): number[] {
  const [, list] = /^\[(.+)\]$/.exec(String(parent[key])) ?? [];
  if (list === undefined) return [numberOf(parent, key)];
  const numbers = list.split(',').map(Number);
  if (numbers.some(Number.isNaN)) throw missing(key, 'a list of numbers');
  return numbers;
}

/** Numbers, or truth values, each a number in what is answered. */
export function numbersOf(parent: Fields, key: string): ArrayLike<number> {
  const value = parent[key];
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return value as unknown as ArrayLike<number>;
  if (Array.isArray(value) && value.every((item) => typeof item === 'number' || typeof item === 'boolean'))
    return value.map(Number);
  throw missing(key, 'a list of numbers');
}

const missing = (key: string, what: string): DataError => new DataError(`The model's "${key}" is not ${what}`);
