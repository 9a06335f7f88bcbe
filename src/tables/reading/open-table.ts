import { checkUnpacked, DataError } from '../../base/index.ts';
import { foreignFormat } from '../../framing/index.ts';
import type { ReadOptions, Table, TableFormat, TableSource } from '../table.ts';
import { openDelimited } from './delimited.ts';
import { encodingOf, sampleBytes } from './encoding.ts';
import { openJson } from './json-table.ts';
import { openNumeric } from './numeric-table.ts';
import { openParquetTable } from './parquet-table.ts';

/**
 * Opens a table of any format that is read: its first bytes say which. Gzip around it is taken off. Rejects with DataError for what is no
 * table.
 */
export async function openTable(source: TableSource, options: ReadOptions = {}): Promise<Table> {
  const start = await startOf(source);
  if (start.length === 0) throw new DataError(`"${source.name}" is empty`, { source: source.name });
  if (start[0] === 0x1f && start[1] === 0x8b) return openTable(unpacked(source), options);
  const format = options.format ?? formatOf(source.name, start);
  switch (format) {
    case 'parquet':
      return openParquetTable(source);
    case 'recordio':
    case 'libsvm':
      return openNumeric(source, format);
    case 'json':
    case 'json lines':
      return openJson(source, start, format);
    default:
      return openDelimited(source, start, options);
  }
}

async function startOf(source: TableSource): Promise<Uint8Array> {
  let start = new Uint8Array(0);
  for await (const chunk of source.stream()) {
    const joined = new Uint8Array(start.length + chunk.length);
    joined.set(start);
    joined.set(chunk, start.length);
    start = joined;
    if (start.length >= sampleBytes) break;
  }
  return start.subarray(0, sampleBytes);
}

const begins = (bytes: Uint8Array, ...start: number[]): boolean => start.every((byte, at) => bytes[at] === byte);

function formatOf(name: string, start: Uint8Array): TableFormat {
  if (begins(start, 0x50, 0x41, 0x52, 0x31)) return 'parquet';
  if (begins(start, 0x0a, 0x23, 0xd7, 0xce)) return 'recordio';
  const { label } = encodingOf(start);
  // The bytes of UTF-16 look like binary ones.
  const foreign = label.startsWith('utf-16') ? undefined : foreignFormat(start);
  if (foreign !== undefined)
    throw new DataError(`"${name}" ${foreign}: it is no table that Linnet reads`, { source: name });
  const text = new TextDecoder(label).decode(start);
  const [, first] = /^\uFEFF?\s*(\S)/.exec(text) ?? [];
  if (first === '<' && /^\uFEFF?\s*<(?:!doctype|\?xml|html|head|body|table|!--)/i.test(text))
    throw new DataError(`"${name}" is a web page or other XML: it is no table that Linnet reads`, { source: name });
  if (first === '{') return 'json lines';
  if (first === '[' && /^\uFEFF?\s*\[\s*\{/.test(text)) return 'json';
  const lines = text.split('\n').slice(0, 6);
  if (lines.length > 1) lines.pop();
  const isLibsvm = (line: string): boolean => /^[+-]?[\d.]+(?:[ \t]+(?:qid|\d+):[-+\d.eE]+)+\s*(?:#.*)?$/.test(line);
  return lines.every(isLibsvm) ? 'libsvm' : 'csv';
}

const unpackLimits = { bytesMax: 2 ** 40 };

const unpacked = (source: TableSource): TableSource => ({
  name: source.name,
  async *stream() {
    let [stored, length] = [0, 0];
    const input = source.stream()[Symbol.asyncIterator]();
    const packed = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const next = await input.next();
        if (next.done) return controller.close();
        stored += next.value.length;
        controller.enqueue(next.value);
      },
      cancel: async () => void (await input.return?.()),
    });
    const reader = packed.pipeThrough(new DecompressionStream('gzip')).getReader();
    try {
      for (;;) {
        const next = await reader.read();
        if (next.done) return;
        length += next.value.length;
        checkUnpacked(`"${source.name}"`, { stored, unpacked: length }, unpackLimits);
        yield next.value;
      }
    } catch (error) {
      if (error instanceof DataError) throw error;
      throw new DataError(`"${source.name}" is not readable gzip: it is damaged or cut off`, { source: source.name });
    } finally {
      await reader.cancel().catch(() => undefined);
    }
  },
});
