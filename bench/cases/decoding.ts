import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { csvDecoder, encodeRows, type RowDecoder, recordDecoder } from '../../src/formats/index.ts';
import type { DenseSet } from '../data/store.ts';
import type { Bench, BenchCase, Row } from '../framework/case.ts';
import { bestOf, interleaved, type Variant } from '../framework/measure.ts';
import { cacheFolder } from '../framework/places.ts';
import { nodePeers, nodePeerVersions } from '../peers/node-peers.ts';
import { versionsOf } from './versions.ts';

const chunkBytes = 4 * 2 ** 20;

/** Reads a file as training does, a chunk at a time, and drops the rows; answers how many there were. */
function decodeFile(path: string, decoder: RowDecoder): number {
  const file = openSync(path, 'r');
  let rows = 0;
  const chunk = new Uint8Array(chunkBytes);
  for (;;) {
    const size = readSync(file, chunk);
    if (size === 0) break;
    for (const block of decoder.push(size === chunkBytes ? chunk : chunk.subarray(0, size))) rows += block.rowCount;
  }
  closeSync(file);
  for (const block of decoder.end()) rows += block.rowCount;
  return rows;
}

export function csvFile(set: DenseSet, rowCount: number): string {
  const path = join(cacheFolder('data'), `${set.name}-${rowCount}.csv`);
  if (existsSync(path)) return path;
  const file = openSync(`${path}.part`, 'w');
  const d = set.featureCount;
  for (let from = 0; from < rowCount; from += 10_000) {
    const lines: string[] = [];
    for (let row = from; row < Math.min(rowCount, from + 10_000); row += 1) {
      const cells = Array.from(set.x.subarray(row * d, (row + 1) * d), (value) => value.toFixed(6));
      lines.push(`${set.y[row]},${cells.join(',')}\n`);
    }
    writeSync(file, lines.join(''));
  }
  closeSync(file);
  renameSync(`${path}.part`, path);
  return path;
}

const p1: BenchCase = {
  id: 'P1',
  title: 'CSV to doubles',
  async run(bench) {
    const rowCount = bench.quick ? 30_000 : 300_000;
    const set = bench.data.synthetic(bench.quick ? 100_000 : 1_000_000, 30);
    const file = csvFile(set, rowCount);
    const bytes = statSync(file).size;
    const python = await bench.python(1);
    const read = (reader: string) => async (): Promise<number> => {
      const { cpuMs, rows } = await python.call('csv', { file, reader, columns: 31 });
      if (rows !== rowCount) throw new Error(`${reader} read ${String(rows)} rows`);
      return cpuMs;
    };
    const variants: Variant[] = [
      {
        name: 'ours',
        run() {
          if (decodeFile(file, csvDecoder({ labelCount: 1 })) !== rowCount) throw new Error('Rows were lost');
          return undefined;
        },
      },
      { name: 'pandas', run: read('pandas') },
      { name: 'DuckDB', run: read('duckdb') },
    ];
    const best = bestOf(await interleaved(variants, { rounds: bench.quick ? 2 : 5, clock: 'cpu' }));
    const javascript = await javascriptReaders(bench, file, rowCount);
    const figures = { ...best, 'MB/s': bytes / best.ours! / 1e3 };
    const what = `CSV to doubles, ${rowCount}x31, file in the page cache, one thread, CPU time:`;
    return {
      peers: { ...(await versionsOf(python, ['pandas', 'duckdb', 'numpy'])), ...nodePeerVersions('udsv', 'papaparse') },
      rows: [
        {
          what: `${what} against pandas`,
          value: best.pandas! / best.ours!,
          unit: 'x',
          target: { atLeast: 4 },
          figures,
        },
        {
          what: `${what} against DuckDB`,
          label: 'CSV against DuckDB',
          value: best.DuckDB! / best.ours!,
          unit: 'x',
          target: { atLeast: 2 },
          figures,
          note: 'DuckDB sums the columns, so that nothing is copied out of it',
        },
        ...javascript.map(({ name, ms, note }) => ({
          what: `${what} against ${name}`,
          ...(ms !== undefined && { value: ms / best.ours! }),
          unit: 'x' as const,
          figures: ms === undefined ? {} : { [name]: ms, ours: best.ours! },
          ...(note !== undefined && { note }),
        })),
      ],
    };
  },
};

interface PapaParse {
  parse(text: string, options: { dynamicTyping: boolean }): { data: unknown[] };
}
interface Udsv {
  inferSchema(text: string): unknown;
  initParser(schema: unknown): { typedArrs(text: string): unknown[] };
}

/** CPU time of published JavaScript parsers, scaled up from the first rows. */
async function javascriptReaders(
  bench: Bench,
  file: string,
  rowCount: number,
): Promise<{ name: string; ms?: number; note?: string }[]> {
  const rows = 20_000;
  const text = readFileSync(file, 'latin1').split('\n', rows).join('\n');
  try {
    const { load } = nodePeers(bench.log);
    const papaparse = load('papaparse') as PapaParse;
    const udsv = load('udsv') as Udsv;
    const header = `${Array.from({ length: 31 }, (_, k) => `c${k}`).join(',')}\n`;
    const best = bestOf(
      await interleaved(
        [
          {
            name: 'papaparse',
            run() {
              papaparse.parse(text, { dynamicTyping: true });
              return undefined;
            },
          },
          {
            name: 'udsv',
            run() {
              udsv.initParser(udsv.inferSchema(header + text)).typedArrs(header + text);
              return undefined;
            },
          },
        ],
        { rounds: 3, clock: 'cpu' },
      ),
    );
    return Object.entries(best).map(([name, ms]) => ({ name, ms: (ms * rowCount) / rows }));
  } catch (error) {
    return [{ name: 'papaparse and udsv', note: (error as Error).message }];
  }
}

const proto = `syntax="proto2"; package r;
message Tensor { repeated float values = 1 [packed = true]; repeated uint64 keys = 2 [packed = true]; repeated uint64 shape = 3 [packed = true]; }
message Value { oneof value { Tensor float32_tensor = 2; } }
message Record { map<string, Value> features = 1; map<string, Value> label = 2; }`;

interface ProtobufJs {
  parse(text: string): {
    root: {
      lookupType(name: string): {
        decode(bytes: Uint8Array): { features: Record<string, { float32Tensor: { values: number[] } }> };
      };
    };
  };
}

const p2: BenchCase = {
  id: 'P2',
  title: 'RecordIO-protobuf to float32',
  async run(bench) {
    const rows: Row[] = [];
    const python = await bench.python(1);
    for (const [rowCount, d, overProtobuf] of [
      [200_000, 30, 12],
      [20_000, 784, 8],
    ] as const) {
      const set = bench.data.synthetic(bench.quick ? (d === 30 ? 100_000 : 6000) : d === 30 ? 1_000_000 : 60_000, d);
      const count = Math.min(rowCount, set.rowCount);
      const encoded = encodeRows({
        rowCount: count,
        featureCount: d,
        features: set.x.subarray(0, count * d),
        labels: set.y.subarray(0, count),
      });
      const file = join(cacheFolder('data'), `records-${count}x${d}.pbr`);
      if (!existsSync(file) || statSync(file).size !== encoded.length) writeFileSync(file, encoded);
      rows.push(...(await decodeRecords(bench, encoded, { count, d, overProtobuf, file })));
    }
    return {
      rows,
      peers: { ...nodePeerVersions('protobufjs'), ...(await versionsOf(python, ['protobuf', 'numpy'])) },
    };
  },
};

async function decodeRecords(
  bench: Bench,
  encoded: Uint8Array,
  { count, d, overProtobuf, file }: { count: number; d: number; overProtobuf: number; file: string },
): Promise<Row[]> {
  const python = await bench.python(1);
  const copy = new Uint8Array(encoded.length);
  const part = Math.min(count, 20_000);
  const out = new Float32Array(part * d);
  const variants: Variant[] = [
    {
      name: 'ours',
      run() {
        const decoder = recordDecoder({ labelCount: 1 });
        let decoded = 0;
        for (let at = 0; at < encoded.length; at += chunkBytes) {
          for (const block of decoder.push(encoded.subarray(at, at + chunkBytes))) decoded += block.rowCount;
        }
        for (const block of decoder.end()) decoded += block.rowCount;
        if (decoded !== count) throw new Error('Records were lost');
        return undefined;
      },
    },
    {
      name: 'memcpy',
      run() {
        copy.set(encoded);
        return undefined;
      },
    },
    {
      name: 'protobuf (Python)',
      run: async () => (await python.call('records', { file, rows: part, features: d })).cpuMs * (count / part),
    },
  ];
  let missing: string | undefined;
  try {
    const { load } = nodePeers(bench.log);
    const type = (load('protobufjs') as ProtobufJs).parse(proto).root.lookupType('r.Record');
    variants.push({
      name: 'protobufjs',
      run() {
        let at = 0;
        for (let row = 0; row < part; row += 1) {
          const size = encoded[at + 4]! | (encoded[at + 5]! << 8) | (encoded[at + 6]! << 16);
          out.set(type.decode(encoded.subarray(at + 8, at + 8 + size)).features.values!.float32Tensor.values, row * d);
          at += 8 + ((size + 3) & ~3);
        }
        return undefined;
      },
    });
  } catch (error) {
    missing = (error as Error).message;
  }
  const best = bestOf(await interleaved(variants, { rounds: bench.quick ? 3 : 9, clock: 'cpu', budgetMs: 6000 }));
  if (best.protobufjs !== undefined) best.protobufjs *= count / part;
  const what = `RecordIO, ${count}x${d}, in memory, one thread, CPU time`;
  const figures = { ...best, 'GB/s': encoded.length / best.ours! / 1e6, 'ns a record': (1e6 * best.ours!) / count };
  return [
    {
      what: `${what}: against protobufjs`,
      label: `records of ${d} against protobufjs`,
      ...(best.protobufjs !== undefined && { value: best.protobufjs / best.ours! }),
      unit: 'x',
      target: { atLeast: overProtobuf },
      figures,
      ...(missing !== undefined && { note: missing }),
    },
    {
      what: `${what}: share of memcpy`,
      label: `records of ${d}, share of memcpy`,
      value: (100 * best.memcpy!) / best.ours!,
      unit: '%',
      ...(d > 100 && { target: { atLeast: 50 } }),
      figures,
    },
  ];
}

export const decodingCases: readonly BenchCase[] = [p1, p2];
