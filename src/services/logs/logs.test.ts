import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServiceError, Unavailable } from '../../base/index.ts';
import type { Call } from '../../gateway/index.ts';
import { memoryRecords, type Records } from '../../store/index.ts';
import { manualTimers } from '../testing/world.ts';
import { compileFilter } from './filter-pattern.ts';
import { logWriter } from './log-writer.ts';
import { logsService } from './service.ts';
import { createLogStream, eventsOf } from './streams.ts';

const group = '/aws/sagemaker/TrainingJobs';
const callOn =
  (records: Records) =>
  (operation: string, input: object): Promise<any> =>
    logsService(() => records).operations[operation]!({
      input,
      region: 'us-east-1',
      accountId: '000000000000',
    } as Call);

async function withEvents(streams: Readonly<Record<string, readonly [number, string][]>>) {
  const records = memoryRecords();
  for (const [name, events] of Object.entries(streams)) {
    await createLogStream(records, group, name, 1);
    await records.append(
      eventsOf(group, name),
      events.map(([timeMs, text]) => ({ timeMs, text })),
    );
  }
  return { records, call: callOn(records) };
}

const numbered = (count: number): [number, string][] =>
  Array.from({ length: count }, (_, index) => [index, `line ${index}`]);
const messages = (answer: { events: { message: string }[] }): string[] => answer.events.map(({ message }) => message);

test('GetLogEvents always gives a forward token that later yields only what is new, as the SDKs use it', async () => {
  const { records, call } = await withEvents({ 'job/algo-1-1': numbered(3) });
  const stream = { logGroupName: group, logStreamName: 'job/algo-1-1', startFromHead: true };
  const first = await call('GetLogEvents', stream);
  assert.deepEqual(messages(first), ['line 0', 'line 1', 'line 2']);
  const empty = await call('GetLogEvents', { ...stream, nextToken: first.nextForwardToken });
  assert.deepEqual(messages(empty), []);
  assert.equal(empty.nextForwardToken, first.nextForwardToken);
  await records.append(eventsOf(group, 'job/algo-1-1'), [{ timeMs: 9, text: 'later' }]);
  assert.deepEqual(messages(await call('GetLogEvents', { ...stream, nextToken: empty.nextForwardToken })), ['later']);
});

test('An empty stream gives tokens too, and they find the first line when it comes', async () => {
  const { records, call } = await withEvents({ 'job/algo-1-1': [] });
  for (const startFromHead of [true, false]) {
    const stream = { logGroupName: group, logStreamName: 'job/algo-1-1', startFromHead };
    const empty = await call('GetLogEvents', stream);
    assert.ok(empty.nextForwardToken && empty.nextBackwardToken);
    await records.append(eventsOf(group, 'job/algo-1-1'), [{ timeMs: 1, text: 'first' }]);
    assert.deepEqual(messages(await call('GetLogEvents', { ...stream, nextToken: empty.nextForwardToken })), ['first']);
    await records.removeStream(eventsOf(group, 'job/algo-1-1'));
  }
});

test('GetLogEvents reads from the end unless asked otherwise, and its tokens walk both ways', async () => {
  const { call } = await withEvents({ s: numbered(10) });
  const stream = { logGroupName: group, logStreamName: 's', limit: 4 };
  const last = await call('GetLogEvents', stream);
  assert.deepEqual(messages(last), ['line 6', 'line 7', 'line 8', 'line 9']);
  const before = await call('GetLogEvents', { ...stream, nextToken: last.nextBackwardToken });
  assert.deepEqual(messages(before), ['line 2', 'line 3', 'line 4', 'line 5']);
  const start = await call('GetLogEvents', { ...stream, nextToken: before.nextBackwardToken });
  assert.deepEqual(messages(start), ['line 0', 'line 1']);
  assert.deepEqual(messages(await call('GetLogEvents', { ...stream, nextToken: start.nextBackwardToken })), []);
  assert.deepEqual(messages(await call('GetLogEvents', { ...stream, nextToken: before.nextForwardToken })), [
    'line 6',
    'line 7',
    'line 8',
    'line 9',
  ]);
  assert.deepEqual(messages(await call('GetLogEvents', { ...stream, startFromHead: true, startTime: 3, endTime: 5 })), [
    'line 3',
    'line 4',
  ]);
  await assert.rejects(
    call('GetLogEvents', { ...stream, nextToken: 'f/x' }),
    (thrown) => thrown instanceof ServiceError && thrown.code === 'InvalidParameterException',
  );
});

test('DescribeLogStreams gives no nextToken when all streams fit, and one when more follow', async () => {
  const { call } = await withEvents({ 'a/1': numbered(1), 'a/2': [[50, 'x']], 'b/1': numbered(2) });
  const fit = await call('DescribeLogStreams', {
    logGroupName: group,
    logStreamNamePrefix: 'a/',
    orderBy: 'LogStreamName',
    limit: 2,
  });
  assert.deepEqual(
    fit.logStreams.map((stream: any) => stream.logStreamName),
    ['a/1', 'a/2'],
  );
  assert.ok(!('nextToken' in fit));
  const part = await call('DescribeLogStreams', { logGroupName: group, limit: 2 });
  assert.equal(part.logStreams.length, 2);
  const rest = await call('DescribeLogStreams', { logGroupName: group, limit: 2, nextToken: part.nextToken });
  assert.deepEqual(
    rest.logStreams.map((stream: any) => stream.logStreamName),
    ['b/1'],
  );
  assert.ok(!('nextToken' in rest));
  const newest = await call('DescribeLogStreams', {
    logGroupName: group,
    orderBy: 'LastEventTime',
    descending: true,
    limit: 1,
  });
  assert.deepEqual([newest.logStreams[0].logStreamName, newest.logStreams[0].lastEventTimestamp], ['a/2', 50]);
});

test('A group or stream that does not exist is refused in the words that the SDKs wait for', async () => {
  const { call } = await withEvents({ s: [] });
  const refused = (work: Promise<unknown>, message: string) =>
    assert.rejects(
      work,
      (thrown) =>
        thrown instanceof ServiceError && thrown.code === 'ResourceNotFoundException' && thrown.message === message,
    );
  await refused(call('DescribeLogStreams', { logGroupName: '/other' }), 'The specified log group does not exist.');
  await refused(call('FilterLogEvents', { logGroupName: '/other' }), 'The specified log group does not exist.');
  await refused(
    call('GetLogEvents', { logGroupName: group, logStreamName: 'no' }),
    'The specified log stream does not exist.',
  );
});

test('FilterLogEvents merges streams by time, in pages that neither repeat nor lose an event', async () => {
  const { call } = await withEvents({
    'A/1': [
      [1, 'a'],
      [5, 'b'],
      [5, 'c'],
      [9, 'd'],
    ],
    'A/2': [
      [1, 'e'],
      [5, 'f'],
      [5, 'g'],
    ],
    'B/1': [[2, 'z']],
  });
  const expected = ['a', 'e', 'b', 'c', 'f', 'g', 'd'];
  for (let limit = 1; limit <= 8; limit += 1) {
    const found: string[] = [];
    for (let nextToken: string | undefined; ; ) {
      const page = await call('FilterLogEvents', { logGroupName: group, logStreamNamePrefix: 'A/', limit, nextToken });
      assert.ok(page.events.length <= limit);
      found.push(...messages(page));
      nextToken = page.nextToken;
      if (nextToken === undefined) break;
    }
    assert.deepEqual(found, expected, `limit ${limit}`);
  }
  assert.deepEqual(
    messages(await call('FilterLogEvents', { logGroupName: group, startTime: 2, endTime: 5, filterPattern: '?b ?z' })),
    ['z', 'b'],
  );
});

test('Filter patterns of terms mean what CloudWatch means by them; others are refused', () => {
  const matches = (pattern: string, text: string) => compileFilter(pattern)(text);
  assert.ok(matches('', 'anything'));
  assert.ok(matches('ERROR disk', 'disk: ERROR'));
  assert.ok(!matches('ERROR disk', 'ERROR'));
  assert.ok(matches('"out of memory" -retry', 'fail: out of memory'));
  assert.ok(!matches('"out of memory" -retry', 'out of memory, retry'));
  assert.ok(matches('?a ?b', 'b'));
  assert.throws(() => compileFilter('{ $.x = 1 }'), /of terms/);
});

test('DescribeLogGroups lists groups in pages', async () => {
  const { records, call } = await withEvents({ s: [] });
  await createLogStream(records, '/aws/sagemaker/Endpoints/e', 's', 1);
  const first = await call('DescribeLogGroups', { logGroupNamePrefix: '/aws/', limit: 1 });
  assert.equal(first.logGroups[0].logGroupName, '/aws/sagemaker/Endpoints/e');
  const second = await call('DescribeLogGroups', { logGroupNamePrefix: '/aws/', limit: 1, nextToken: first.nextToken });
  assert.equal(second.logGroups[0].logGroupName, group);
  assert.ok(!('nextToken' in second));
});

test('A log writer keeps the order of lines, waits out a store that refuses, and holds back who prints too much', async () => {
  const records = memoryRecords();
  const clock = manualTimers();
  let refusals = 2;
  const moody: Records = {
    ...records,
    append: (stream, events) =>
      refusals-- > 0 ? Promise.reject(new Unavailable('The store is busy')) : records.append(stream, events),
  };
  const writer = logWriter({
    records: moody,
    group,
    stream: 's',
    nowMs: clock.nowMs,
    timers: clock.timers,
    warn: () => {},
  });
  let held = 0;
  for (let line = 0; line < 12_000; line += 1) if (writer.line(`line ${line}`) !== undefined) held += 1;
  assert.ok(held > 0, 'the program is held back');
  const moving = setInterval(() => clock.advance(100), 1);
  await writer.flush();
  clearInterval(moving);
  const kept = [
    ...(await records.read(eventsOf(group, 's'), {})),
    ...(await records.read(eventsOf(group, 's'), { after: 10_000 })),
  ];
  assert.deepEqual(
    kept.map(({ text }) => text),
    Array.from({ length: 12_000 }, (_, line) => `line ${line}`),
  );
});

test('A log writer writes what comes after it was flushed of nothing', async () => {
  const records = memoryRecords();
  const clock = manualTimers();
  const writer = logWriter({ ...clock, records, group, stream: 's', warn: () => {} });
  await writer.flush();
  void writer.line('one');
  await writer.flush();
  assert.deepEqual(
    (await records.read(eventsOf(group, 's'), {})).map(({ text }) => text),
    ['one'],
  );
});
