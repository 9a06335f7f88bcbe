import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { DataError } from '../base/index.ts';
import { chainKey, openAuditLog, sealHead, searchAudit, verifyAudit } from './index.ts';

const key = chainKey(new Uint8Array(32).fill(7));

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-audit-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'audit');
}

/** A log of events in small segments. */
async function write(folder: string, from: number, to: number): Promise<void> {
  const log = await openAuditLog({ folder, key, segmentBytesMax: 400 });
  for (let at = from; at <= to; at++) await log.add({ what: `event ${at}`, text: 'line\nbreak' });
  await log.close();
}

const problemOf = async (folder: string): Promise<string | undefined> => (await verifyAudit(folder, key)).problem;

test('A log goes on where it ended, in segments, and holds', async (t) => {
  const folder = newFolder(t);
  assert.deepEqual(await verifyAudit(folder, key), { lines: 0, segments: 0, problem: undefined });
  await write(folder, 1, 7);
  await write(folder, 8, 12);
  const { lines, segments, problem } = await verifyAudit(folder, key);
  assert.deepEqual([lines, problem], [12, undefined]);
  assert.ok(segments > 2);
});

test('Events that come together share a sync and stay in their order', async (t) => {
  const folder = newFolder(t);
  const log = await openAuditLog({ folder, key });
  await Promise.all(Array.from({ length: 500 }, (_, at) => log.add({ at })));
  await log.close();
  assert.deepEqual(await verifyAudit(folder, key), { lines: 500, segments: 1, problem: undefined });
});

test('A log that is written meanwhile is verified as it was when the reading began', async (t) => {
  const folder = newFolder(t);
  const log = await openAuditLog({ folder, key, segmentBytesMax: 400 });
  for (let at = 1; at <= 100; at++) await log.add({ what: `event ${at}`, text: 'x'.repeat(400) });
  let isRead = false;
  const verifying = verifyAudit(folder, key).finally(() => {
    isRead = true;
  });
  while (!isRead) await log.add({ what: 'meanwhile' });
  const { lines, problem } = await verifying;
  assert.equal(problem, undefined);
  assert.ok(lines >= 100);
  await log.close();
});

test('An edit, a removal, an insertion, a cut and a missing file are found where they are', async (t) => {
  const folder = newFolder(t);
  await write(folder, 1, 12);
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.log'))
    .sort();
  const [first = '', second = ''] = names.map((name) => join(folder, name));
  const last = join(folder, names.at(-1)!);
  const damages: [string, (lines: string[]) => string[], RegExp][] = [
    [first, (lines) => [lines[0]!.replace('event 1', 'event 9'), ...lines.slice(1)], /000001\.log, line 1: its seal/],
    [second, (lines) => lines.slice(1), /000002\.log, line \d+: it has the number \d+ where \d+ is expected/],
    [second, (lines) => [lines[0]!, lines[0]!, ...lines.slice(1)], /000002\.log, line \d+: it has the number/],
    [first, (lines) => [...lines.slice(0, -1), 'nonsense'], /it is no line of this log/],
    [last, () => [], /its end was cut off/],
  ];
  for (const [file, damage, message] of damages) {
    const before = readFileSync(file, 'utf8');
    writeFileSync(
      file,
      damage(before.trimEnd().split('\n'))
        .map((line) => `${line}\n`)
        .join(''),
    );
    assert.match((await problemOf(folder)) ?? '', message);
    writeFileSync(file, before);
    assert.equal(await problemOf(folder), undefined);
  }
  const kept = readFileSync(second, 'utf8');
  rmSync(second);
  assert.match((await problemOf(folder)) ?? '', /The file 000002\.log is missing/);
  writeFileSync(second, kept);
  assert.match(
    (await verifyAudit(folder, chainKey(new Uint8Array(32)))).problem ?? '',
    /line 1: its seal does not fit/,
  );
  const head = join(folder, 'head.json');
  writeFileSync(head, readFileSync(head, 'utf8').replace('12,', '11,'));
  assert.match((await problemOf(folder)) ?? '', /head\.json is missing or was changed/);
  rmSync(head);
  assert.match((await problemOf(folder)) ?? '', /head\.json is missing/);
});

test('A log whose end was cut off while no server ran is not gone on with', async (t) => {
  const folder = newFolder(t);
  await write(folder, 1, 3);
  const file = join(folder, '000001.log');
  const lines = readFileSync(file, 'utf8').split('\n');
  writeFileSync(file, `${lines.slice(0, 2).join('\n')}\n`);
  await assert.rejects(openAuditLog({ folder, key }), /ends with line 2 and had 3: its end was cut off/);
  rmSync(file);
  assert.match((await problemOf(folder)) ?? '', /ends with line 0 and had 3: its end was cut off/);
  await assert.rejects(openAuditLog({ folder, key }), /ends with line 0 and had 3: its end was cut off/);
});

test('Files at the beginning may be kept elsewhere: the log goes on, and is verified from a file on', async (t) => {
  const folder = newFolder(t);
  await write(folder, 1, 12);
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.log'))
    .sort();
  const last = names.at(-1)!;
  for (const name of names.slice(0, -1)) rmSync(join(folder, name));
  assert.match((await problemOf(folder)) ?? '', new RegExp(`000001\\.log is missing; .* --from ${last}`));
  await write(folder, 13, 20);
  const { problem, firstLine, lines } = await verifyAudit(folder, key, { from: last });
  assert.equal(problem, undefined);
  assert.equal(firstLine! + lines, 21);
  const later = readdirSync(folder)
    .filter((name) => name.endsWith('.log'))
    .sort()
    .at(-1)!;
  assert.equal((await verifyAudit(folder, key, { from: later })).problem, undefined);
  const file = join(folder, last);
  writeFileSync(file, readFileSync(file, 'utf8').replace(/event \d+(?=[^\n]*\n$)/, 'event 0'));
  assert.match((await verifyAudit(folder, key, { from: last })).problem ?? '', /its seal does not fit/);
  assert.match((await verifyAudit(folder, key, { from: '000099.log' })).problem ?? '', /000099\.log is missing/);
  await assert.rejects(verifyAudit(folder, key, { from: 'first' }), /"first" is no file of an audit log/);
});

test('A line that a crash cut off is removed at the next start, and nothing is added to a changed log', async (t) => {
  const folder = newFolder(t);
  await write(folder, 1, 2);
  const file = join(folder, '000001.log');
  appendFileSync(file, 'half a li');
  assert.equal(await problemOf(folder), undefined);
  await write(folder, 3, 3);
  assert.deepEqual((await verifyAudit(folder, key)).lines, 3);
  writeFileSync(file, readFileSync(file, 'utf8').replace('event 2', 'event 5'));
  await assert.rejects(
    openAuditLog({ folder, key }),
    (thrown) => thrown instanceof DataError && /audit log was changed/.test(thrown.message),
  );
});

test('A search finds the newest events that fit first, page by page through all segments', async (t) => {
  const folder = newFolder(t);
  await write(folder, 1, 30);
  const numbers: number[] = [];
  let before: number | undefined;
  let pages = 0;
  do {
    const page = await searchAudit(folder, { fits: ({ n }) => n % 3 === 0, before, eventsMax: 4 });
    assert.ok(page.events.length <= 4);
    numbers.push(...page.events.map(({ n }) => n));
    before = page.next;
    pages += 1;
  } while (before !== undefined && pages < 40);
  assert.deepEqual(numbers, [30, 27, 24, 21, 18, 15, 12, 9, 6, 3]);
  assert.deepEqual(await searchAudit(newFolder(t), { fits: () => true, eventsMax: 4 }), {
    events: [],
    next: undefined,
  });
});

const skip = existsSync('/proc/self/fd') ? false : 'this system has no /proc';

test('A search that stops in the middle of a file closes it', { skip }, async (t) => {
  const folder = newFolder(t);
  const log = await openAuditLog({ folder, key });
  for (let at = 1; at <= 5; at++) await log.add({ text: 'x'.repeat(100_000) });
  const openFiles = () => readdirSync('/proc/self/fd').length;
  const before = openFiles();
  for (let count = 0; count < 20; count++) await searchAudit(folder, { fits: () => true, before: 2, eventsMax: 4 });
  // The system closes a file a moment later.
  for (let tries = 0; tries < 100 && openFiles() > before; tries++) await setImmediate();
  assert.ok(openFiles() <= before, `${openFiles()} files are open, and ${before} were`);
  await log.close();
});

test('The head of a log of before heads had seals gets one, and the log goes on', async (t) => {
  const folder = newFolder(t);
  await write(folder, 1, 3);
  const head = join(folder, 'head.json');
  const sealed = readFileSync(head, 'utf8');
  writeFileSync(head, sealed.replace(/,"own":"[0-9a-f]+"/, ''));
  assert.match((await problemOf(folder)) ?? '', /head\.json is missing or was changed/);
  await sealHead(folder, key);
  assert.equal(readFileSync(head, 'utf8'), sealed);
  await sealHead(folder, key);
  await write(folder, 4, 5);
  assert.deepEqual([await problemOf(folder), (await verifyAudit(folder, key)).lines], [undefined, 5]);
  await sealHead(newFolder(t), key);
});
