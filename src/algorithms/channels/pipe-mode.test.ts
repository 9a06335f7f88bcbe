import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { encodeRows, type RowSource } from '../../formats/index.ts';
import { type ChannelOptions, type ChannelSource, openChannel } from './channel-rows.ts';
import type { RowFormat } from './decode.ts';

interface Fed {
  path: string;
  /** How many pipes were read to their end or left by their reader. */
  served(): number;
}

/** Makes `count` pipes and a child that writes the bytes into one after the other, each when it is opened. */
function feed(t: TestContext, bytes: string | Uint8Array, count: number): Fed {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-pipe-'));
  const content = join(folder, 'content');
  writeFileSync(content, bytes);
  const path = join(folder, 'train');
  const pipes = Array.from({ length: count }, (_, pass) => `${path}_${pass}`);
  execFileSync('mkfifo', pipes);
  let served = 0;
  let child: ChildProcess | undefined;
  let over = false;
  const next = (): void => {
    if (over || served === count) return;
    child = spawn('sh', ['-c', 'cat "$1" > "$2"', 'sh', content, pipes[served]!], { stdio: 'ignore' });
    child.on('exit', () => {
      served++;
      next();
    });
  };
  next();
  t.after(() => {
    over = true;
    // The shell waits in open(2), and cat in write(2): both end with it.
    child?.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  return { path, served: () => served };
}

const open = (path: string, kind: RowFormat['kind'], options: Partial<ChannelOptions> = {}): Promise<ChannelSource> =>
  openChannel({
    name: 'train',
    input: { kind: 'pipe', path },
    format: kind === 'libsvm' ? { kind, indexBase: undefined } : { kind },
    cache: { remainingBytes: 0 },
    checkWidth: () => {},
    checkLabels: () => {},
    ...options,
  });

async function labelsOf(source: RowSource): Promise<number[]> {
  const labels: number[] = [];
  for await (const block of source.sparseBlocks?.() ?? source.blocks()) labels.push(...block.labels);
  return labels;
}

const labels = Array.from({ length: 50_000 }, (_, i) => i % 100);
const csv = labels.map((label) => `${label},1,2`).join('\n');

test('Every pass reads the next pipe, and looking at the width takes none of its own', async (t) => {
  const { path, served } = feed(t, csv, 3);
  const source = await open(path, 'csv');
  assert.equal(source.featureCount, 2);
  for (let pass = 0; pass < 3; pass++) {
    assert.deepEqual(await labelsOf(source), labels, `pass ${pass}`);
    assert.ok(served() >= pass && served() <= pass + 1, `${served()} pipes after pass ${pass}`);
  }
});

test('Rows that fit into memory are read from one pipe only', async (t) => {
  const { path } = feed(t, csv, 1);
  const source = await open(path, 'csv', { cache: { remainingBytes: 1 << 20 } });
  for (let pass = 0; pass < 3; pass++) assert.deepEqual(await labelsOf(source), labels);
});

test('A pass that is left early leaves its pipe, and the next one reads the next', async (t) => {
  const { path } = feed(t, csv, 3);
  const source = await open(path, 'csv');
  for await (const _ of source.blocks()) break;
  for await (const _ of source.blocks()) break;
  assert.deepEqual(await labelsOf(source), labels);
});

test('RecordIO, JSON Lines, libsvm and packed rows are read from pipes too', async (t) => {
  const records = encodeRows({
    rowCount: labels.length,
    featureCount: 1,
    features: new Float32Array(labels.length),
    labels: Float32Array.from(labels),
  });
  assert.deepEqual(await labelsOf(await open(feed(t, records, 1).path, 'recordIo')), labels);
  const json = labels.map((label) => `[${label},1]\n`).join('');
  assert.deepEqual(await labelsOf(await open(feed(t, json, 1).path, 'jsonLines')), labels);
  assert.deepEqual(await labelsOf(await open(feed(t, gzipSync(csv), 1).path, 'csv')), labels);
  const libsvm = labels.map((label) => `${label} ${label + 1}:1\n`).join('');
  // The largest index is known after a pass.
  const source = await open(feed(t, libsvm, 2).path, 'libsvm');
  assert.equal(source.featureCount, 100);
  assert.deepEqual(await labelsOf(source), labels);
  const known = { expected: { featureCount: 100, indexBase: 1 } } as const;
  assert.deepEqual(await labelsOf(await open(feed(t, libsvm, 1).path, 'libsvm', known)), labels);
});

test('Rows too large for memory are decoded in a thread from the second pass on', async (t) => {
  const { path } = feed(t, csv, 4);
  const source = await open(path, 'csv');
  for (let pass = 0; pass < 2; pass++) assert.deepEqual(await labelsOf(source), labels);
  for await (const _ of source.blocks()) break;
  assert.deepEqual(await labelsOf(source), labels);
});

test('An empty pipe has no rows, and a file is no pipe', async (t) => {
  await assert.rejects(open(feed(t, '', 1).path, 'csv'), /^DataError: Channel "train" has no rows: its pipe is empty$/);
  const folder = mkdtempSync(join(tmpdir(), 'linnet-pipe-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'train_0'), csv);
  await assert.rejects(open(join(folder, 'train'), 'csv'), /train_0" is not a named pipe, as Pipe mode has them$/);
});
