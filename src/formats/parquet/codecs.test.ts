import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { DataError } from '../../base/index.ts';
import { compressors } from './codecs.ts';
import { openParquet } from './parquet.ts';

async function read(bytes: Uint8Array): Promise<number[]> {
  const { buffer } = bytes.slice();
  const slice = async (start: number, end = buffer.byteLength) => buffer.slice(start, end);
  const file = await openParquet({ byteLength: buffer.byteLength, slice }, { source: 'train/a.parquet' });
  const values: number[] = [];
  for await (const { labels, features } of file.blocks()) values.push(...labels, ...features);
  return values;
}

/** A frame of zstd that holds the bytes as they are. */
function storedZstd(content: Uint8Array): Uint8Array {
  const block = (1 + (content.length << 3)) & 0xffffff;
  const size = content.length - 256;
  const head = [0x28, 0xb5, 0x2f, 0xfd, 0x60, size & 255, size >> 8, block & 255, (block >> 8) & 255, block >> 16];
  return Uint8Array.from([...head, ...content]);
}

/** Two columns of 40 rows as pyarrow 22 writes them with `compression="zstd", write_page_checksum=True`. */
const checked = Uint8Array.from(
  Buffer.from(
    [
      'UEFSMRUAFcwCFTgVyuu3nQ8cFVAVABUGFQYcAAAAKLUv/SCmnQAAUAIAAABQAQAAAAACAJQVAmgLEhUAFYwFFZoBFduVy+ABHBVQFQAV',
      'BhUGHAAAACi1L/1gRgAdAgDYAgAAAFABANg/AOjy+P7A4Oz0+gBA0D/k8Pb8EwCnhaEACIB8IDOQBeQLBgYDQWYgC8gHMgNZQD6QGciy',
      'khe04wBGFQQZPDUAGAZzY2hlbWEVBAAVAiUCGAVsYWJlbAAVCiUCGAF4ABZQGRwZLCYAHBUCGSUGABkYBWxhYmVsFQwWUBaAAxZsJghJ',
      'HBUAFQAVAgA8KQYZJgBQAAAAJgAcFQoZJQYAGRgBeBUMFlAWwgUW0AEmdEkcFQAVABUCADwpBhkmAFAAAAAWwggWUCYIFrwCACggcGFy',
      'cXVldC1jcHAtYXJyb3cgdmVyc2lvbiAyNi4wLjEZLBwAABwAAAC8AAAAUEFSMQ==',
    ].join(''),
    'base64',
  ),
);
/** Where the table of contents begins, which has no checksum. */
const contentsAt = 162;

test('Every bit that is turned in a page with a checksum is noticed, unless the rows stay the same', async () => {
  const right = await read(checked);
  assert.equal(right.length, 80);
  let refused = 0;
  for (let bit = 0; bit < 8 * contentsAt; bit++) {
    const copy = checked.slice();
    copy[bit >> 3]! ^= 1 << (bit & 7);
    const values = await read(copy).catch((error: unknown) => {
      assert.ok(error instanceof DataError, String(error));
      refused++;
    });
    if (values !== undefined) assert.deepEqual(values, right, `bit ${bit}`);
  }
  assert.ok(refused > 4 * contentsAt, `${refused} were refused`);
});

const pack = { GZIP: gzipSync, BROTLI: brotliCompressSync, ZSTD: storedZstd } as const;
const label = Float64Array.from({ length: 300 }, (_, row) => row % 2);
const x = Float64Array.from({ length: 300 }, (_, row) => Math.sin(row));
const written = (codec: keyof typeof pack): Uint8Array =>
  new Uint8Array(
    parquetWriteBuffer({
      columnData: [label, x].map((data, column) => ({ name: column === 0 ? 'label' : 'x', data, encoding: 'PLAIN' })),
      codec,
      compressors: { [codec]: (bytes: Uint8Array) => new Uint8Array(pack[codec](bytes)) },
    }),
  );

test('Pages of every codec are read', async () => {
  for (const codec of ['GZIP', 'BROTLI', 'ZSTD'] as const) {
    assert.deepEqual(await read(written(codec)), [...label, ...x], codec);
  }
});

test('Damaged pages of every codec unpack to their size or are refused, and always come to an end', async () => {
  await read(written('ZSTD'));
  const text = Buffer.from(x.buffer);
  const packed = {
    SNAPPY: [...Buffer.from([128, 32, 0xf0, 63]), ...text.subarray(0, 64), ...new Array<number>(64).fill(0xfe)],
    GZIP: gzipSync(text),
    BROTLI: brotliCompressSync(text),
    ZSTD: storedZstd(text),
    LZ4_RAW: [0xf0, 49, ...text.subarray(0, 64), 0x0f, 64, 0, 255, 255, 255, 255],
  } as const;
  const damage = fc.record({
    codec: fc.constantFrom(...(Object.keys(packed) as (keyof typeof packed)[])),
    changes: fc.array(fc.tuple(fc.nat(4000), fc.nat(255)), { maxLength: 4 }),
    cut: fc.nat(4000),
  });
  fc.assert(
    fc.property(damage, ({ codec, changes, cut }) => {
      const bytes = Uint8Array.from(packed[codec]);
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
      try {
        const page = compressors[codec]!(bytes.subarray(0, 1 + (cut % bytes.length)), text.length);
        assert.equal(page.length, text.length);
      } catch (error) {
        assert.ok(error instanceof Error && error.name !== 'AssertionError', String(error));
      }
    }),
    { numRuns: 1500 },
  );
});
