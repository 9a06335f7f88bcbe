import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { DataError } from '../../base/index.ts';
import { type Cell, openTable, type Table } from '../../tables/index.ts';
import { type ConvertFormat, convertTable, fileSource, formatOfName } from '../index.ts';

const folderOf = (t: TestContext): string => {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-convert-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

async function rowsOf(table: Table): Promise<(readonly Cell[])[]> {
  const all: (readonly Cell[])[] = [];
  for await (const { rows } of table.chunks()) all.push(...rows);
  return all;
}

const people = `name;size;note;born
"Ann ""A""";1,5;"two
lines";2001-02-03
Bo;;a, b;?
Çelik;-0,25;;1999-12-31
`;

test('A table goes through CSV, TSV, JSON Lines and Parquet, packed or not, and numbers become numbers', async (t) => {
  const folder = folderOf(t);
  writeFileSync(join(folder, 'people.csv'), people);
  const table = await openTable(fileSource(join(folder, 'people.csv')));
  const text = await rowsOf(table);
  const typed = [
    ['Ann "A"', 1.5, 'two\nlines', '2001-02-03'],
    ['Bo', null, 'a, b', '?'],
    ['Çelik', -0.25, '', '1999-12-31'],
  ];
  for (const name of ['p.csv', 'p.tsv.gz', 'p.jsonl', 'p.ndjson.gz', 'p.parquet']) {
    const file = join(folder, name);
    const format = formatOfName(file)!;
    assert.equal(await convertTable(table, file, { format }), 3);
    const back = await openTable(fileSource(file));
    assert.deepEqual(back.columns, ['name', 'size', 'note', 'born'], name);
    assert.deepEqual(await rowsOf(back), format === 'csv' || format === 'tsv' ? text : typed, name);
  }
  assert.equal(readFileSync(join(folder, 'p.csv'), 'utf8').split('\n')[0], 'name,size,note,born');
});

test('Numbers go through libsvm and RecordIO with their label', async (t) => {
  const folder = folderOf(t);
  for (const [name, gap] of [
    ['n.recordio', 0],
    ['n.libsvm', ''],
  ] as const) {
    const rows = Array.from({ length: 5000 }, (_, row) => [
      row % 3,
      Math.sin(row),
      row / 3,
      row === 2 ? gap : 1e-300 * row,
    ]);
    writeFileSync(join(folder, 'n.csv'), `y,a,b,c\n${rows.map((row) => row.join(',')).join('\n')}\n`);
    const table = await openTable(fileSource(join(folder, 'n.csv')));
    const file = join(folder, name);
    await convertTable(table, file, { format: formatOfName(file)!, label: 'y' });
    const back = await openTable(fileSource(file));
    const labelAt = back.columns.indexOf(back.labelColumn!);
    const found = (await rowsOf(back)).map((row) => {
      const cells = [row[labelAt]!, ...row.filter((_, at) => at !== labelAt)];
      return cells.map((cell) => (cell === null || Number.isNaN(cell) ? '' : Number(cell)));
    });
    // Rows of libsvm are read in single precision, and what is left out as 0.
    const single = (cell: string | number): number => Math.fround(Number(cell));
    assert.deepEqual(found, name === 'n.libsvm' ? rows.map((row) => row.map(single)) : rows, name);
  }
});

test('What a format cannot hold is refused with the column, and no file is left', async (t) => {
  const folder = folderOf(t);
  writeFileSync(join(folder, 'people.csv'), people);
  const table = await openTable(fileSource(join(folder, 'people.csv')));
  const refused = async (format: ConvertFormat, label: string | undefined, message: RegExp): Promise<void> => {
    const file = join(folder, 'out');
    await assert.rejects(
      convertTable(table, file, { format, ...(label !== undefined && { label }) }),
      (error) => error instanceof DataError && message.test(error.message),
    );
    assert.ok(!existsSync(file));
  };
  await refused('libsvm', 'size', /The column "name" holds words, and libsvm holds numbers alone/);
  await refused('recordio', undefined, /and RecordIO holds numbers alone/);
  await refused('recordio', 'sise', /has no column "sise"/);
  writeFileSync(join(folder, 'gap.csv'), 'y,a\n1,2\n,3\n');
  const gap = await openTable(fileSource(join(folder, 'gap.csv')));
  await assert.rejects(
    convertTable(gap, join(folder, 'out'), { format: 'recordio', label: 'y' }),
    /Row 2 has no value in "y", and RecordIO has no word for that/,
  );
  assert.ok(!existsSync(join(folder, 'out')));
});
