// Amazon's clients of CloudWatch against a whole server: the published SDK for JavaScript in JSON and CBOR, and older ones' Query.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  InvalidParameterValueException,
  ListMetricsCommand,
  type MetricDatum,
  PutCompositeAlarmCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
  SetAlarmStateCommand,
  waitUntilAlarmExists,
} from '@aws-sdk/client-cloudwatch';
import { SmithyRpcV2CborProtocol } from '@smithy/core/cbor';
import { AwsClient } from 'aws4fetch';
import { type RunningServer, readConfig, startServer } from '../../src/server/index.ts';

let folder: string;
let server: RunningServer;
let client: CloudWatchClient;

const minuteMs = 60_000;
/** The beginning of a minute that is over. */
const minute = Math.floor(Date.now() / minuteMs) * minuteMs - 5 * minuteMs;
const at = (minutes: number): Date => new Date(minute + minutes * minuteMs);

const start = async () => {
  server = await startServer(readConfig({ dataDir: folder, port: '0', logLevel: 'silent' }, {}));
  client = new CloudWatchClient(options());
};

const options = () => ({
  endpoint: server.address,
  region: server.region,
  credentials: server.credentials,
  maxAttempts: 1,
});

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'linnet-metrics-'));
  await start();
});

after(async () => {
  client.destroy();
  await server.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});

const put = (Namespace: string, ...MetricData: MetricDatum[]) =>
  client.send(new PutMetricDataCommand({ Namespace, MetricData }));

const statistics = (Namespace: string, MetricName: string, more: object = {}) =>
  client.send(
    new GetMetricStatisticsCommand({
      Namespace,
      MetricName,
      StartTime: at(0),
      EndTime: at(10),
      Period: 60,
      Statistics: ['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum'],
      ...more,
    }),
  );

test('values put one by one come back as the statistics of each period', async () => {
  const Dimensions = [
    { Name: 'Host', Value: 'a' },
    { Name: 'Disk', Value: '1' },
  ];
  await put('Own/Disks', { MetricName: 'Reads', Dimensions, Timestamp: at(1), Value: 2, Unit: 'Count' });
  await put('Own/Disks', {
    MetricName: 'Reads',
    Dimensions,
    Timestamp: new Date(+at(1) + 30_000),
    Value: 4,
    Unit: 'Count',
  });
  await put('Own/Disks', { MetricName: 'Reads', Dimensions, Timestamp: at(3), Value: -0.5, Unit: 'Count' });
  const { Datapoints, Label } = await statistics('Own/Disks', 'Reads', { Dimensions: Dimensions.toReversed() });
  assert.equal(Label, 'Reads');
  assert.deepEqual(Datapoints, [
    { Timestamp: at(1), SampleCount: 2, Average: 3, Sum: 6, Minimum: 2, Maximum: 4, Unit: 'Count' },
    { Timestamp: at(3), SampleCount: 1, Average: -0.5, Sum: -0.5, Minimum: -0.5, Maximum: -0.5, Unit: 'Count' },
  ]);
  const longer = await statistics('Own/Disks', 'Reads', { Dimensions, Period: 300, Statistics: ['Sum'] });
  assert.deepEqual(longer.Datapoints, [{ Timestamp: at(0), Sum: 5.5, Unit: 'Count' }]);
  assert.deepEqual(
    (await statistics('Own/Disks', 'Reads')).Datapoints,
    [],
    'without the dimensions it is another metric',
  );
  assert.deepEqual((await statistics('Own/Disks', 'Reads', { Dimensions, Unit: 'Bytes' })).Datapoints, []);
});

test('values with counts and statistic sets are added up, also from a compressed request', async () => {
  const Values = Array.from({ length: 150 }, (_, i) => i / 8);
  const many = Array.from({ length: 40 }, (_, i) => ({
    MetricName: `n${i}`,
    Timestamp: at(0),
    Values,
    Counts: Values.map(() => 2),
  }));
  await put('Own/Lists', ...many);
  const StatisticValues = { SampleCount: 100, Sum: 1000, Minimum: -5, Maximum: 50 };
  await put('Own/Lists', { MetricName: 'n39', Timestamp: at(0), StatisticValues });
  const { Datapoints } = await statistics('Own/Lists', 'n39', {
    Statistics: ['SampleCount', 'Sum', 'Minimum', 'Maximum'],
  });
  const sum = 2 * Values.reduce((total, value) => total + value, 0) + 1000;
  assert.deepEqual(Datapoints, [
    { Timestamp: at(0), SampleCount: 400, Sum: sum, Minimum: -5, Maximum: 50, Unit: 'None' },
  ]);
});

test('GetMetricData answers several metrics, in pages where asked for', async () => {
  for (const minutes of [0, 1, 2])
    await put(
      'Own/Data',
      { MetricName: 'up', Timestamp: at(minutes), Value: minutes },
      { MetricName: 'down', Timestamp: at(minutes), Value: -minutes },
    );
  const query = (Id: string, MetricName: string) => ({
    Id,
    MetricStat: { Metric: { Namespace: 'Own/Data', MetricName }, Period: 60, Stat: 'Average' },
  });
  const input = {
    MetricDataQueries: [
      query('a', 'up'),
      { ...query('b', 'down'), Label: 'falls' },
      query('c', 'none'),
      { ...query('d', 'up'), ReturnData: false },
    ],
    StartTime: at(0),
    EndTime: at(5),
  };
  const whole = await client.send(new GetMetricDataCommand(input));
  assert.deepEqual(
    whole.MetricDataResults?.map(({ Id, Label, Timestamps, Values, StatusCode }) => [
      Id,
      Label,
      Timestamps?.map(Number),
      Values,
      StatusCode,
    ]),
    [
      ['a', 'up', [2, 1, 0].map((minutes) => +at(minutes)), [2, 1, 0], 'Complete'],
      ['b', 'falls', [2, 1, 0].map((minutes) => +at(minutes)), [-2, -1, -0], 'Complete'],
      ['c', 'none', [], [], 'Complete'],
    ].map((row) => row.map((cell) => (Array.isArray(cell) ? cell.map((value) => (value === 0 ? 0 : value)) : cell))),
  );
  const values: Record<string, number[]> = {};
  for (let NextToken: string | undefined, page = 0; page === 0 || NextToken !== undefined; page += 1) {
    assert.ok(page < 5, 'there are at most four pages');
    const answer = await client.send(
      new GetMetricDataCommand({
        ...input,
        MaxDatapoints: 2,
        ScanBy: 'TimestampAscending',
        ...(NextToken && { NextToken }),
      }),
    );
    for (const { Id = '', Values = [] } of answer.MetricDataResults ?? [])
      values[Id] = [...(values[Id] ?? []), ...Values];
    NextToken = answer.NextToken;
  }
  assert.deepEqual(values, { a: [0, 1, 2], b: [0, -1, -2], c: [] });
});

test('ListMetrics finds metrics by namespace, name and dimensions, a page at a time', async () => {
  const datums = Array.from({ length: 600 }, (_, i) => ({
    MetricName: `m${i % 2}`,
    Dimensions: [{ Name: 'Job', Value: `j${i}` }],
    Value: i,
  }));
  await put('Own/Jobs', ...datums);
  const list = (input: object) => client.send(new ListMetricsCommand(input));
  const first = await list({ Namespace: 'Own/Jobs' });
  const second = await list({ Namespace: 'Own/Jobs', NextToken: first.NextToken });
  assert.deepEqual([first.Metrics?.length, second.Metrics?.length, second.NextToken], [500, 100, undefined]);
  assert.equal((await list({ Namespace: 'Own/Jobs', MetricName: 'm1', RecentlyActive: 'PT3H' })).Metrics?.length, 300);
  const Metrics = [{ Namespace: 'Own/Jobs', MetricName: 'm1', Dimensions: [{ Name: 'Job', Value: 'j7' }] }];
  assert.deepEqual((await list({ Dimensions: [{ Name: 'Job', Value: 'j7' }] })).Metrics, Metrics);
  assert.deepEqual((await list({ Namespace: 'Own/None' })).Metrics, []);
});

test('metrics by the second answer short periods', async () => {
  await put(
    'Own/Fast',
    ...[0, 1, 5].map((second) => ({
      MetricName: 'm',
      StorageResolution: 1,
      Timestamp: new Date(+at(0) + second * 1000),
      Value: second,
    })),
  );
  const { Datapoints } = await statistics('Own/Fast', 'm', { Period: 5, Statistics: ['Sum'] });
  assert.deepEqual(
    Datapoints?.map(({ Timestamp, Sum }) => [Number(Timestamp) - Number(at(0)), Sum]),
    [
      [0, 1],
      [5000, 5],
    ],
  );
});

const wrong: [name: string, run: () => Promise<unknown>, code: string, message: RegExp][] = [
  [
    'a namespace of Amazon',
    () => put('AWS/Own', { MetricName: 'm', Value: 1 }),
    'InvalidParameterValue',
    /AWS\/Own .* reserved/,
  ],
  [
    'a number that is none',
    () => put('Own', { MetricName: 'm', Value: Number.NaN }),
    'InvalidParameterValue',
    /NaN for parameter MetricData\.member\.1\.Value/,
  ],
  ['no value', () => put('Own', { MetricName: 'm' }), 'MissingParameter', /MetricData\.member\.1\.Value/],
  [
    'two kinds of values',
    () => put('Own', { MetricName: 'm', Value: 1, Values: [1] }),
    'InvalidParameterCombination',
    /mutually exclusive/,
  ],
  [
    'a time long ago',
    () => put('Own', { MetricName: 'm', Value: 1, Timestamp: new Date(0) }),
    'InvalidParameterValue',
    /1970.* past two weeks/,
  ],
  [
    'a name that is too long',
    () => put('Own', { MetricName: 'm'.repeat(256), Value: 1 }),
    'ValidationError',
    /metricName.*less than or equal to 255/,
  ],
  [
    'a period that is none',
    () => statistics('Own', 'm', { Period: 61 }),
    'InvalidParameterValue',
    /multiple of 60; it is 61/,
  ],
  [
    'too many data points',
    () => statistics('Own', 'm', { StartTime: at(-1500) }),
    'InvalidParameterCombination',
    /1510 datapoints.*1440/,
  ],
  [
    'a percentile',
    () => statistics('Own', 'm', { Statistics: undefined, ExtendedStatistics: ['p99'] }),
    'InvalidParameterValue',
    /p99 is not offered by Linnet; ask for one of SampleCount/,
  ],
  [
    'an expression',
    () =>
      client.send(
        new GetMetricDataCommand({
          MetricDataQueries: [{ Id: 'e', Expression: 'm1 / m2' }],
          StartTime: at(0),
          EndTime: at(1),
        }),
      ),
    'ValidationError',
    /Expression of query e is not offered by Linnet; ask for its metrics by MetricStat/,
  ],
];
for (const [name, run, code, message] of wrong) {
  test(`refused: ${name}`, async () => {
    await assert.rejects(run(), (thrown: Error & { Code?: string; Error?: { Code?: string } }) => {
      assert.match(thrown.message, message);
      assert.equal(thrown.Error?.Code ?? thrown.Code ?? thrown.name, code);
      return true;
    });
  });
}

test('clients that choose CBOR write and read the same', async (t) => {
  // This release of the SDK announces the length that a body had before it was compressed.
  const cbor = new CloudWatchClient({
    ...options(),
    protocol: SmithyRpcV2CborProtocol,
    disableRequestCompression: true,
  });
  t.after(() => cbor.destroy());
  const Values = Array.from({ length: 150 }, (_, i) => i / 8);
  const MetricData = Array.from({ length: 200 }, (_, i) => ({ MetricName: `n${i}`, Timestamp: at(0), Values }));
  await cbor.send(new PutMetricDataCommand({ Namespace: 'Own/Cbor', MetricData }));
  const listed = await cbor.send(new ListMetricsCommand({ Namespace: 'Own/Cbor' }));
  assert.equal(listed.Metrics?.length, 200);
  await put('Own/Both', { MetricName: 'm', Timestamp: at(0), Value: 0.1, Unit: 'Percent' });
  const input = { Namespace: 'Own/Both', MetricName: 'm', StartTime: at(0), EndTime: at(1), Period: 60 };
  const command = () => new GetMetricStatisticsCommand({ ...input, Statistics: ['Sum', 'SampleCount'] });
  const { Datapoints } = await cbor.send(command());
  assert.deepEqual(Datapoints, [{ Timestamp: at(0), Sum: 0.1, SampleCount: 1, Unit: 'Percent' }]);
  assert.deepEqual((await client.send(command())).Datapoints, Datapoints);
  const wrong = new PutMetricDataCommand({ Namespace: 'AWS/x', MetricData: [{ MetricName: 'm', Value: 1 }] });
  await assert.rejects(cbor.send(wrong), InvalidParameterValueException);
  await assert.rejects(client.send(wrong), InvalidParameterValueException);
});

test('alarms are made, put into a state, described and removed, in JSON and CBOR', async (t) => {
  const cbor = new CloudWatchClient({ ...options(), protocol: SmithyRpcV2CborProtocol });
  t.after(() => cbor.destroy());
  for (const [AlarmName, each] of [
    ['in JSON', client],
    ['in CBOR', cbor],
  ] as const) {
    const alarm = {
      AlarmName,
      Namespace: 'AWS/SageMaker',
      MetricName: 'Invocation5XXErrors',
      Dimensions: [{ Name: 'EndpointName', Value: 'churn' }],
      Statistic: 'Average' as const,
      Period: 60,
      EvaluationPeriods: 2,
      Threshold: 0.5,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold' as const,
    };
    await each.send(new PutMetricAlarmCommand(alarm));
    await waitUntilAlarmExists({ client: each, maxWaitTime: 10 }, { AlarmNames: [AlarmName] });
    await each.send(new SetAlarmStateCommand({ AlarmName, StateValue: 'ALARM', StateReason: 'A test' }));
    const { MetricAlarms = [] } = await each.send(new DescribeAlarmsCommand({ StateValue: 'ALARM' }));
    const { AlarmArn, StateReason, StateUpdatedTimestamp, ...found } = MetricAlarms[0]!;
    assert.ok(StateUpdatedTimestamp instanceof Date);
    assert.equal(AlarmArn, `arn:aws:cloudwatch:${server.region}:000000000000:alarm:${AlarmName}`);
    assert.equal(StateReason, 'A test');
    assert.deepEqual({ ...found, ...alarm, StateValue: 'ALARM', ActionsEnabled: true }, found);
    const { AlarmHistoryItems = [] } = await each.send(new DescribeAlarmHistoryCommand({ AlarmName }));
    assert.deepEqual(
      AlarmHistoryItems.map(({ HistoryItemType }) => HistoryItemType),
      ['StateUpdate', 'ConfigurationUpdate'],
    );
    await each.send(new DeleteAlarmsCommand({ AlarmNames: [AlarmName] }));
    await assert.rejects(each.send(new DeleteAlarmsCommand({ AlarmNames: [AlarmName] })), /There is no alarm "in /);
  }
  const composite = new PutCompositeAlarmCommand({ AlarmName: 'both', AlarmRule: 'ALARM(a) AND ALARM(b)' });
  await assert.rejects(client.send(composite), /alarms on one metric each: use PutMetricAlarm/);
});

/** A request of an older SDK. */
async function send(body: string, headers: Record<string, string>) {
  const { accessKeyId, secretAccessKey } = server.credentials;
  const aws = new AwsClient({ accessKeyId, secretAccessKey, service: 'monitoring', region: server.region, retries: 0 });
  const response = await aws.fetch(server.address, { method: 'POST', body, headers });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const form = (parameters: Record<string, string>) =>
  send(String(new URLSearchParams({ Version: '2010-08-01', ...parameters })), {
    'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
  });

test('older clients speak Query: forms in, XML out', async () => {
  const Namespace = 'Own/Query';
  const datum = {
    'MetricData.member.1.MetricName': 'm',
    'MetricData.member.1.Dimensions.member.1.Name': 'd',
    'MetricData.member.1.Dimensions.member.1.Value': 'v',
  };
  const answer = await form({
    Action: 'PutMetricData',
    Namespace,
    ...datum,
    'MetricData.member.1.Value': '1.5e0',
    'MetricData.member.1.Timestamp': at(0).toISOString(),
  });
  assert.equal(answer.status, 200);
  const range = {
    StartTime: at(0).toISOString(),
    EndTime: at(5).toISOString(),
    Period: '60',
    'Statistics.member.1': 'Average',
  };
  const found = await form({
    Action: 'GetMetricStatistics',
    Namespace,
    MetricName: 'm',
    'Dimensions.member.1.Name': 'd',
    'Dimensions.member.1.Value': 'v',
    ...range,
  });
  assert.match(
    found.text,
    /<Datapoints><member><Timestamp>[^<]+<\/Timestamp><Average>1\.5<\/Average><Unit>None<\/Unit><\/member><\/Datapoints>/,
  );
  const refused = await form({
    Action: 'PutMetricData',
    Namespace: 'AWS/x',
    ...datum,
    'MetricData.member.1.Value': '1',
  });
  assert.equal(refused.status, 400);
  assert.match(
    refused.text,
    /<ErrorResponse xmlns="[^"]+"><Error><Type>Sender<\/Type><Code>InvalidParameterValue<\/Code>/,
  );
});

test('others speak JSON 1.0, and find the code of Query in a header', async () => {
  const json = (operation: string, input: object) =>
    send(JSON.stringify(input), {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `GraniteServiceVersion20100801.${operation}`,
    });
  const MetricData = [{ MetricName: 'm', Value: 7, Timestamp: +at(0) / 1000 }];
  assert.equal((await json('PutMetricData', { Namespace: 'Own/Json', MetricData })).status, 200);
  const listed = await json('ListMetrics', { Namespace: 'Own/Json' });
  assert.equal(listed.headers.get('content-type'), 'application/x-amz-json-1.0');
  assert.deepEqual(JSON.parse(listed.text), { Metrics: [{ Namespace: 'Own/Json', MetricName: 'm', Dimensions: [] }] });
  const refused = await json('PutMetricData', { Namespace: 'AWS/x', MetricData });
  assert.equal(refused.headers.get('x-amzn-query-error'), 'InvalidParameterValue;Sender');
  assert.equal(JSON.parse(refused.text).__type, 'InvalidParameterValueException');
  const absent = await json('PutDashboard', {});
  assert.match(absent.text, /PutDashboard is an operation of Amazon CloudWatch that Linnet does not offer/);
});

test('metrics outlive the server', async () => {
  await put('Own/Lasting', { MetricName: 'm', Timestamp: at(2), Value: 3 });
  client.destroy();
  await server.stop();
  await start();
  await put('Own/Lasting', { MetricName: 'm', Timestamp: at(2), Value: 5 });
  const { Datapoints } = await statistics('Own/Lasting', 'm', { Statistics: ['Average', 'SampleCount'] });
  assert.deepEqual(Datapoints, [{ Timestamp: at(2), Average: 4, SampleCount: 2, Unit: 'None' }]);
});
