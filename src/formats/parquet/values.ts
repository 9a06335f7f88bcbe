/**
 * The values of Parquet's plain and dictionary pages of numbers and booleans, ten times as fast as the library, which
 * boxes each, and never beyond the counts of the page, which the library does not check. Other encodings are the
 * library's. Source: parquet-format, Encodings.md and README.md.
 */
import { crc32 } from '@foxglove/crc';
import type { ColumnMetaData, PageHeader, SchemaElement } from 'hyparquet';
import { compressors } from './codecs.ts';
import type { Page } from './pages.ts';

export type PageNumbers = Float32Array | Float64Array | Int32Array | Uint8Array;

export interface PageValues {
  /** Counted from the row group's first. */
  firstRow: number;
  values: PageNumbers;
  /** Place of the first value that is null; the others are not read then. */
  nullAt?: number;
}

const encodings = new Set(['PLAIN', 'PLAIN_DICTIONARY', 'RLE_DICTIONARY']);
const plainTypes = /^(INT_?(8|16|32|64)|UINT_?(8|16))$/;

/** Whether `valuesOf` reads all these pages. */
export function isPlain(pages: readonly Page[], { type, converted_type, logical_type }: SchemaElement): boolean {
  if (!/^(BOOLEAN|INT32|INT64|FLOAT|DOUBLE)$/.test(type ?? '')) return false;
  if (converted_type !== undefined && !plainTypes.test(converted_type)) return false;
  if (logical_type !== undefined && !(logical_type.type === 'INTEGER' && logical_type.isSigned)) return false;
  return pages.every(({ header }) => {
    const encoding = (header.data_page_header ?? header.data_page_header_v2 ?? header.dictionary_page_header)?.encoding;
    return encodings.has(encoding ?? '') || (encoding === 'RLE' && type === 'BOOLEAN');
  });
}

/** The values of those pages that have rows from `from` to `to`, counted from the row group's first. Throws for damage. */
export function* valuesOf(
  pages: readonly Page[],
  { type, repetition_type }: SchemaElement,
  { codec }: ColumnMetaData,
  { from, to, nullIsNaN }: { from: number; to: number; nullIsNaN: boolean },
): Generator<PageValues> {
  const isOptional = repetition_type !== 'REQUIRED';
  let dictionary: PageNumbers | undefined;
  for (const { header, bytes, firstRow, rowCount } of pages) {
    if (header.dictionary_page_header !== undefined) {
      checkSum(header, bytes);
      const page = unpack(bytes, header.uncompressed_page_size, codec);
      dictionary = plain(page, type, header.dictionary_page_header.num_values);
      continue;
    }
    if (rowCount === 0 || firstRow >= to || firstRow + rowCount <= from) continue;
    const { levels, page } = apart(header, bytes, codec, isOptional);
    const encoding = (header.data_page_header ?? header.data_page_header_v2)!.encoding;
    const present = levels === undefined ? undefined : hybrid(levels, 1, rowCount);
    const nullAt = present?.indexOf(0) ?? -1;
    if (present !== undefined && nullAt >= 0) {
      if (!nullIsNaN) {
        yield { firstRow, values: new Uint8Array(0), nullAt };
        return;
      }
      const stored = decode(page, encoding, type, countOf(present, 1), dictionary);
      yield { firstRow, values: spread(stored, present) };
      continue;
    }
    yield { firstRow, values: decode(page, encoding, type, rowCount, dictionary) };
  }
}

/** Values where there are some, and NaN where there are none. */
function spread(stored: PageNumbers, present: Int32Array | Uint8Array): Float64Array {
  const values = new Float64Array(present.length).fill(Number.NaN);
  for (let i = 0, next = 0; i < present.length; i++) if (present[i] === 1) values[i] = stored[next++]!;
  return values;
}

/** Throws for pages on which the library would run past the end: it trusts every count and the length of every run. */
export function checkPages(
  pages: readonly Page[],
  { type, repetition_type }: SchemaElement,
  { codec }: ColumnMetaData,
): void {
  for (const { header, bytes, rowCount } of pages) {
    if (header.dictionary_page_header !== undefined) {
      checkSum(header, bytes);
      continue;
    }
    const encoding = (header.data_page_header ?? header.data_page_header_v2)?.encoding ?? 'of no name';
    const { levels, page } = apart(header, bytes, codec, repetition_type !== 'REQUIRED');
    const valueCount = levels === undefined ? rowCount : countOf(hybrid(levels, 1, rowCount, true), 1);
    if (encoding === 'DELTA_BINARY_PACKED') checkDelta(page);
    else if (encoding.endsWith('_DICTIONARY')) hybrid(page.subarray(1), page[0] ?? 0, valueCount, true);
    else if (encoding !== 'PLAIN' && encoding !== 'BYTE_STREAM_SPLIT') {
      throw new Error(`the encoding ${encoding} of ${type} is not supported`);
    }
  }
}

/** A block of so many values, in so many miniblocks. */
function checkDelta(page: Uint8Array): void {
  const [size, after] = varint(page, 0);
  const [parts] = varint(page, after);
  if (parts < 1 || size < parts || size > 1 << 20) throw new Error(`a page has blocks of ${size} in ${parts} parts`);
}

const countOf = (values: Int32Array | Uint8Array, wanted: number): number => {
  let count = 0;
  for (const value of values) if (value === wanted) count++;
  return count;
};

function decode(
  page: Uint8Array,
  encoding: string,
  type: string | undefined,
  count: number,
  dictionary: PageNumbers | undefined,
): PageNumbers {
  if (encoding === 'PLAIN') return plain(page, type, count);
  if (type === 'BOOLEAN') return hybrid(page.subarray(4), 1, count);
  if (dictionary === undefined) throw new Error('a page refers to a dictionary that is not there');
  const [width = 0] = page;
  const places = hybrid(page.subarray(1), width, count);
  const values = new (dictionary.constructor as Float64ArrayConstructor)(count);
  for (let i = 0; i < count; i++) {
    const place = places[i]!;
    if (place >= dictionary.length) throw new Error(`a page refers to value ${place} of ${dictionary.length}`);
    values[i] = dictionary[place]!;
  }
  return values;
}

/** Some writers give each page a checksum of its stored bytes. */
function checkSum({ crc }: PageHeader, bytes: Uint8Array): void {
  if (crc !== undefined && (crc32(bytes) | 0) !== crc) throw new Error('a page is not what its checksum says');
}

/** Definition levels, of optional columns, and values. */
function apart(
  header: PageHeader,
  bytes: Uint8Array,
  codec: string,
  isOptional: boolean,
): { levels: Uint8Array | undefined; page: Uint8Array } {
  const { data_page_header_v2: v2, uncompressed_page_size: size } = header;
  checkSum(header, bytes);
  if (v2 !== undefined) {
    const start = v2.repetition_levels_byte_length + v2.definition_levels_byte_length;
    if (!(v2.repetition_levels_byte_length >= 0 && v2.definition_levels_byte_length >= 0 && start <= bytes.length)) {
      throw new Error('the levels of a page run past it');
    }
    const levels = isOptional ? bytes.subarray(v2.repetition_levels_byte_length, start) : undefined;
    const rest = bytes.subarray(start);
    return { levels, page: v2.is_compressed === false ? rest : unpack(rest, size - start, codec) };
  }
  const page = unpack(bytes, size, codec);
  if (!isOptional) return { levels: undefined, page };
  const length = page.length < 4 ? 0 : new DataView(page.buffer, page.byteOffset).getUint32(0, true);
  return { levels: page.subarray(4, 4 + length), page: page.subarray(4 + length) };
}

function unpack(bytes: Uint8Array, size: number, codec: string): Uint8Array {
  if (codec === 'UNCOMPRESSED' || size === 0) return bytes;
  const page = compressors[codec]?.(bytes, size);
  if (page === undefined) throw new Error(`the codec ${codec} is not known`);
  return page;
}

const sizes: Readonly<Record<string, number>> = { INT32: 4, INT64: 8, FLOAT: 4, DOUBLE: 8 };

function plain(page: Uint8Array, type: string | undefined, count: number): PageNumbers {
  if (type === 'BOOLEAN') {
    if (page.length * 8 < count) throw new Error('a page ends before its last value');
    return Uint8Array.from({ length: count }, (_, i) => (page[i >> 3]! >> (i & 7)) & 1);
  }
  const bytes = count * sizes[type ?? '']!;
  if (page.length < bytes) throw new Error('a page ends before its last value');
  // Views must be aligned.
  const { buffer } = page.slice(0, bytes);
  if (type === 'FLOAT') return new Float32Array(buffer);
  if (type === 'DOUBLE') return new Float64Array(buffer);
  const words = new Int32Array(buffer);
  if (type === 'INT32') return words;
  const values = new Float64Array(count);
  // One rounding, of the sum, as of the whole number itself.
  for (let i = 0; i < count; i++) values[i] = words[2 * i + 1]! * 2 ** 32 + (words[2 * i]! >>> 0);
  return values;
}

/** A number of at most five bytes, and where the next one begins. */
function varint(bytes: Uint8Array, start: number): [value: number, end: number] {
  let value = 0;
  let p = start;
  for (let shift = 0; shift <= 28; shift += 7) {
    if (p >= bytes.length) break;
    const byte = bytes[p++]!;
    value += (byte & 127) * 2 ** shift;
    if (byte < 128) return [value, p];
  }
  throw new Error('a page ends before its last value');
}

/** `count` whole numbers of `width` bits in runs and packed groups of eight. With `strict`, no run has more than is left. */
function hybrid(bytes: Uint8Array, width: number, count: number, strict = false): Int32Array | Uint8Array {
  if (width > 31) throw new Error(`a page has numbers of ${width} bits`);
  const values = width <= 8 ? new Uint8Array(count) : new Int32Array(count);
  if (width === 0) return values;
  let p = 0;
  for (let filled = 0; filled < count; ) {
    const [header, next] = varint(bytes, p);
    p = next;
    const size = Math.floor(header / 2);
    const isRun = header % 2 === 0;
    const left = count - filled;
    if (size === 0 || (strict && (isRun ? size > left : 8 * size >= left + 8))) {
      throw new Error(`a page has a run of ${size} values, ${left} are left`);
    }
    if (isRun) {
      let value = 0;
      for (let bits = 0; bits < width; bits += 8) value += (bytes[p++] ?? 0) * 2 ** bits;
      const end = Math.min(count, filled + size);
      values.fill(value, filled, end);
      filled = end;
      continue;
    }
    const end = Math.min(count, filled + 8 * size);
    if (p + Math.ceil(((end - filled) * width) / 8) > bytes.length) {
      throw new Error('a page ends before its last value');
    }
    unpackBits(bytes, p, width, values.subarray(filled, end));
    filled = end;
    p += size * width;
  }
  return values;
}

/** Whole numbers of `width` bits, at most 31, packed from byte `start` on, lowest bit first. */
function unpackBits(bytes: Uint8Array, start: number, width: number, values: Int32Array | Uint8Array): void {
  const mask = 2 ** width - 1;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Five bytes hold any value, wherever in a byte it begins; the last bytes are read one by one.
  const whole = Math.max(0, Math.min(values.length, Math.floor(((bytes.length - 5 - start) * 8) / width)));
  let at = start;
  let bit = 0;
  for (let i = 0; i < values.length; i++) {
    const low = i < whole ? view.getUint32(at, true) : bytesAt(bytes, at, 4);
    const high = bit === 0 ? 0 : (bytes[at + 4] ?? 0) << (32 - bit);
    values[i] = ((low >>> bit) | high) & mask;
    bit += width;
    at += bit >> 3;
    bit &= 7;
  }
}

/** Of so many bytes, lowest first, 0 beyond the end. */
function bytesAt(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = 0; i < count; i++) value += (bytes[at + i] ?? 0) * 2 ** (8 * i);
  return value;
}
