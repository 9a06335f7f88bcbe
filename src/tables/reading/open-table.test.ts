import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { DataError } from '../../base/index.ts';
import { encodeRows } from '../../formats/index.ts';
import { openTable } from '../index.ts';
import { cellsOf, sourceOf, tableOf } from '../table.testing.ts';

const read = async (content: string | Uint8Array, options = {}) => {
  const table = await tableOf(content, options);
  return { columns: table.columns, cells: await cellsOf(table), table };
};

test('A table is read as it is written, whatever stands between its cells', async () => {
  const cells = [
    ['30', 'Ann', '1.5'],
    ['41', 'Bob', '2.5'],
  ];
  for (const delimiter of [',', ';', '\t', '|']) {
    for (const end of ['\n', '\r\n', '\r']) {
      const text = [['age', 'name', 'score'], ...cells].map((row) => row.join(delimiter)).join(end) + end;
      assert.deepEqual(await read(text).then(({ columns, cells: all }) => [columns, all]), [
        ['age', 'name', 'score'],
        cells,
      ]);
    }
  }
});

test('Quotes, line ends within them, decimal commas and a byte order mark are read', async () => {
  const { columns, cells, table } = await read(
    '\uFEFFsize;note;"the ""price"""\r\n1,5;"two\r\nlines; and more";3\r\n2,25;"";4\r\n',
  );
  assert.deepEqual(columns, ['size', 'note', 'the "price"']);
  assert.deepEqual(cells, [
    ['1,5', 'two\r\nlines; and more', '3'],
    ['2,25', '', '4'],
  ]);
  assert.match(table.facts.join('; '), /semicolons/);
});

test("Excel's sep= line names the delimiter and is no row", async () => {
  assert.deepEqual((await read('sep=|\na|b\n1|2\n')).cells, [['1', '2']]);
});

test('The encoding is found, or taken as it is named', async () => {
  const text = 'name,age\nJosé,30\nÅsa,31\n';
  const utf16 = new Uint8Array(Buffer.from(`\uFEFF${text}`, 'utf16le'));
  for (const bytes of [
    new TextEncoder().encode(text),
    utf16,
    utf16.subarray(2),
    new Uint8Array(Buffer.from(text, 'latin1')),
  ])
    assert.deepEqual((await read(bytes)).cells[0], ['José', '30']);
  assert.deepEqual((await read(Uint8Array.of(0xa3, 10, 0x31, 10), { encoding: 'iso-8859-2', header: true })).columns, [
    'Ł',
  ]);
  await assert.rejects(read('a,b\n1,2\n', { encoding: 'klingon' }), /"klingon" is no encoding/);
});

test('A first row of names is told from a row of data', async () => {
  assert.equal((await tableOf('a,b\n1,2\n3,4\n')).hasHeader, true);
  assert.deepEqual((await tableOf('1,2\n3,4\n')).columns, ['column_1', 'column_2']);
  assert.equal((await tableOf('5.1,setosa\n4.9,setosa\n6.1,virginica\n')).hasHeader, false);
  const words = 'colour,shape\nred,round\nblue,square\nred,square\nblue,round\nred,round\nblue,square\n';
  assert.equal((await tableOf(words)).hasHeader, true);
  assert.equal((await tableOf(words.slice(words.indexOf('\n') + 1))).hasHeader, false);
  assert.equal((await tableOf('1,2\n3,4\n', { header: true })).columns.join(), '1,2');
});

test('Rows that are not as wide as the others, names that come twice and quotes without end are refused by their place', async () => {
  const refused = (text: string, message: RegExp) =>
    assert.rejects(read(text), (error) => error instanceof DataError && message.test(error.message));
  await refused('a,b\n1,2\n3\n', /Row 2 of "rows.csv".* has 1 cell, but there are 2 columns/);
  await refused('a,b\n1,2\n3,4,5\n', /Row 2 .* 3 cells/);
  await refused('a,a\n1,2\n', /two columns called "a"/);
  await refused('a,b\n1,"2\n3,4\n', /Row 1 .* a quote \("\) that does not end/);
  await refused('a,b\n', /a header and no rows/);
  await refused('', /is empty/);
  await refused('PK\u0003\u0004', /zip archive, as Excel workbooks are too/);
});

test('A delimiter at the end of every row, and a header without a name for the names of rows, are no fault', async () => {
  assert.deepEqual((await read('a,b,\n1,2,\n')).cells, [['1', '2']]);
  assert.deepEqual((await read('a,b\nx,1,2\ny,3,4\n')).columns, ['row_name', 'a', 'b']);
});

test('JSON Lines and a list of objects are tables; what a row lacks is missing', async () => {
  const rows = [
    [30, 'Ann', null],
    [null, 'true', 1.5],
  ];
  const lines = '{"age":30,"name":"Ann"}\n{"name":true,"x":1.5}\n';
  assert.deepEqual((await read(lines)).cells, rows);
  assert.deepEqual((await read(`[${lines.trim().replace('\n', ',')}]`)).cells, rows);
  await assert.rejects(read('{"a":1}\n{"a":\n'), /Line 2 of "rows.csv" is not JSON/);
});

test('Parquet keeps words, dates and missing values', async () => {
  const bytes = parquetWriteBuffer({
    columnData: [
      { name: 'word', data: ['a', null, 'c'], type: 'STRING' },
      { name: 'day', data: [new Date('2026-11-30'), new Date('2026-12-01'), null], type: 'TIMESTAMP' },
      { name: 'count', data: [1n, 2n, 3n], type: 'INT64' },
    ],
  });
  assert.deepEqual((await read(new Uint8Array(bytes))).cells, [
    ['a', '2026-11-30T00:00:00.000Z', 1],
    [null, '2026-12-01T00:00:00.000Z', 2],
    ['c', null, 3],
  ]);
});

test('libsvm and RecordIO have their label first', async () => {
  const { columns, cells, table } = await read('1 1:0.5 3:2\n0 2:1\n');
  assert.equal(table.labelColumn, 'label');
  assert.deepEqual(columns, ['label', 'feature_0', 'feature_1', 'feature_2', 'feature_3']);
  assert.deepEqual(cells, [
    [1, 0, 0.5, 0, 2],
    [0, 0, 0, 1, 0],
  ]);
  const records = encodeRows({
    rowCount: 2,
    featureCount: 2,
    features: Float32Array.of(1, 2, 3, 4),
    labels: Float64Array.of(7, 8),
  });
  assert.deepEqual((await read(records)).cells, [
    [7, 1, 2],
    [8, 3, 4],
  ]);
});

test('Gzip is taken off; damaged gzip is refused', async () => {
  const packed = new Uint8Array(gzipSync('a,b\n1,2\n'));
  assert.deepEqual((await read(packed)).cells, [['1', '2']]);
  await assert.rejects(read(packed.subarray(0, packed.length - 9)), /damaged or cut off/);
});

test('Any bytes, in any pieces, give rows or a DataError; how they are cut makes no difference', async () => {
  const alphabet = [...'a1,;\n\r"'];
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: fc.constantFrom(...alphabet), maxLength: 60 }),
      fc.integer({ min: 1, max: 7 }),
      async (text, pieceBytes) => {
        const outcome = async (bytes: number): Promise<unknown> => {
          try {
            return await cellsOf(await openTable(sourceOf(text, 'x', bytes)));
          } catch (error) {
            if (error instanceof DataError) return error.message;
            throw error;
          }
        };
        assert.deepEqual(await outcome(pieceBytes), await outcome(1 << 16));
      },
    ),
    { numRuns: 300 },
  );
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 80 }), async (bytes) => {
      try {
        await cellsOf(await openTable(sourceOf(bytes)));
      } catch (error) {
        assert.ok(error instanceof DataError, String((error as Error).stack));
      }
    }),
    { numRuns: 300 },
  );
});

test('Titles, remarks and blank lines above the names are passed over, and empty columns behind them', async () => {
  const rows = Array.from({ length: 30 }, (_, i) => `${i}.5,${i % 3},no`);
  const names = 'size,count,sold';
  for (const above of [
    '',
    '\n\n',
    'Sales of 2026,,\n,,\n',
    '# exported, by a tool\n# version 3\n',
    'Sales of 2026\n',
  ]) {
    const { columns, cells, table } = await read(`${above}${[names, ...rows].map((row) => `${row},,,`).join('\n')}\n`);
    assert.deepEqual([columns, cells.length, cells[0]], [['size', 'count', 'sold'], 30, ['0.5', '0', 'no']]);
    assert.equal(
      table.facts.some((fact) => /above the table passed over/.test(fact)),
      above.trim() !== '',
    );
  }
  // Without names below, a row of one cell is a row, and # begins a name.
  assert.equal((await read(`5,,\n${rows.join('\n')}\n`, { header: false })).cells.length, 31);
  assert.deepEqual((await read(`#id,size\n1,2\n`)).columns, ['#id', 'size']);
});

test('A row of another width is named with its beginning, and a web page is no table', async () => {
  await assert.rejects(read('a,b\n1,2\nTotal: 3\n'), {
    message: /^Row 2 of "rows.csv", which begins with "Total: 3", has 1 cell, but there are 2 columns/,
  });
  await assert.rejects(read('<!DOCTYPE html>\n<html><body>Sign in</body></html>\n'), { message: /is a web page/ });
});
