import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { DataError } from '../../base/index.ts';
import { hashesOf, hashRows } from '../inspection/row-hash.ts';
import type { ChannelFile } from './channel-files.ts';
import { decodePass, isSparse, type PassSpec, type PlacedBlock } from './decode.ts';
import { DecodeThread } from './decode-thread.ts';

const csv: PassSpec = {
  format: { kind: 'csv' },
  rows: 'dense',
  featureCount: undefined,
  hashBits: undefined,
};

function fileOf(t: TestContext, text: string): ChannelFile {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-thread-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'a'), text);
  return { path: join(folder, 'a'), name: 'train/a', sizeBytes: text.length };
}

function threadOf(t: TestContext): DecodeThread {
  const thread = new DecodeThread();
  t.after(() => thread.stop());
  return thread;
}

async function read(blocks: AsyncIterable<PlacedBlock>) {
  const rows: unknown[] = [];
  for await (const { block, file, firstRow, readBytes } of blocks) {
    const values = isSparse(block)
      ? { rowStart: [...block.rowStart], columns: [...block.columns], values: [...block.values] }
      : { kind: block.features.constructor.name, features: [...block.features] };
    rows.push({ file, firstRow, readBytes, width: block.featureCount, labels: [...block.labels], ...values });
  }
  return rows;
}

const long = Array.from({ length: 400_000 }, (_, i) => `${i % 2},${i},${i / 8}`).join('\n');

test('A thread gives the blocks that the pass itself would, again and again', async (t) => {
  const files = [fileOf(t, long), fileOf(t, '1,2,3\n')];
  const thread = threadOf(t);
  const due = await read(decodePass(csv, files));
  assert.ok(due.length > 10, 'more blocks than a thread may be ahead');
  assert.deepEqual(await read(thread.pass(csv, files)), due);
  assert.deepEqual(await read(thread.pass(csv, files)), due);
});

test('The hashes of rows come with their blocks where they are asked for', async (t) => {
  const thread = threadOf(t);
  const libsvm: PassSpec = { ...csv, format: { kind: 'libsvm', indexBase: 1 }, rows: 'sparse', featureCount: 9 };
  for (const [spec, file] of [
    [csv, fileOf(t, long)],
    [libsvm, fileOf(t, '1 1:2 9:4\n0 3:5\n')],
  ] as const) {
    for await (const { block } of thread.pass(spec, [file], { hashes: true })) {
      assert.equal(hashesOf(block), hashesOf(block), 'they are not made again');
      assert.deepEqual(hashesOf(block), hashRows(block));
    }
  }
});

test('Sparse blocks and doubles come through', async (t) => {
  const thread = threadOf(t);
  const libsvm: PassSpec = { ...csv, format: { kind: 'libsvm', indexBase: 1 }, rows: 'sparse', featureCount: 9 };
  const sparse = [fileOf(t, '1 1:2 9:4\n0 3:5\n')];
  assert.deepEqual(await read(thread.pass(libsvm, sparse)), await read(decodePass(libsvm, sparse)));
  const hashed = { ...libsvm, hashBits: 5 };
  assert.deepEqual(await read(thread.pass(hashed, sparse)), await read(decodePass(hashed, sparse)));
  const dense = [fileOf(t, '0.1,0.2,0.3\n')];
  assert.deepEqual(await read(thread.pass(csv, dense)), await read(decodePass(csv, dense)));
});

test('A fault keeps its place, and the thread is there for the next pass', async (t) => {
  const thread = threadOf(t);
  const bad = fileOf(t, `${long}\n1,x,3\n`);
  await assert.rejects(read(thread.pass(csv, [bad])), (error) => {
    assert.ok(error instanceof DataError);
    assert.match(error.message, /^Row 400001, column 2 of "train\/a": "x" is not a number$/);
    assert.deepEqual(error.place, { source: 'train/a', row: 400_001, column: 2, value: 'x' });
    return true;
  });
  assert.equal((await read(thread.pass(csv, [fileOf(t, '1,2\n')]))).length, 1);
  await assert.rejects(read(thread.pass(csv, [{ ...bad, path: '/nowhere' }])), /^Unavailable: Cannot read "train\/a"/);
});

test('A pass that is left early stops its thread, and the next pass begins anew', async (t) => {
  const thread = threadOf(t);
  const files = [fileOf(t, long)];
  for await (const { firstRow } of thread.pass(csv, files)) {
    assert.equal(firstRow, 1);
    break;
  }
  assert.deepEqual(await read(thread.pass(csv, files)), await read(decodePass(csv, files)));
});
