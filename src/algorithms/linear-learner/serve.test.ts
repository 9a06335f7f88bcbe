import assert from 'node:assert/strict';
import { chmodSync, existsSync } from 'node:fs';
import { request } from 'node:http';
import type { Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { encodeFrame, type Frame, frameReader, framesProtocol } from '../../contract/index.ts';
import { decodeRecord, encodeRecord, encodeRows, frameRecord, readRecordIo, writeZip } from '../../formats/index.ts';
import { type LinearModel, writeModelFile } from '../../learners/index.ts';
import { makeRoot, run, startServe } from './root.testing.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A binary classifier that Amazon trained and published (census income, 14 features), in Amazon's layout. */
const adult = writeZip({
  'manifest.json': encode('{"additional-params.json": "json", "mx-mod": "mxnet_module", "version": 1}'),
  'additional-params.json': encode(
    '{"predictor_type": "binary_classifier", "loss_type": "logistic", "threshold": 0.46301859617233276, "metrics_params": {}}',
  ),
  'mx-mod-symbol.json': encode('{}'),
  'mx-mod-0000.params': Buffer.from(
    `120100000000000000000000000000000200000000000000c9fa93f900000000020000000e0000000000000001000000000000000100000000000000
     000000009a53213dd61503be026f58b281170f3d79f1b43e161c85be3f2378bb31dae7bda759cc3d73cb643f239ea639dcc12d3ae75b0a3dcfdb653c
     c9fa93f9000000000200000001000000000000000100000000000000010000000000000000000000ac5d11c102000000000000000e00000000000000
     6172673a6663305f7765696768740c000000000000006172673a6663305f62696173`.replace(/\s/g, ''),
    'hex',
  ),
});
const adultRows = [
  '28,2,133937,9,13,2,0,0,4,1,15024,0,55,37',
  '43,2,72338,12,14,2,12,0,1,1,0,0,40,37',
  '29,2,178610,15,10,0,7,4,4,0,0,0,21,37',
];
const adultAnswer =
  '{"predictions": [{"score": 0.9899773597717285, "predicted_label": 1}, {"score": 0.5041388273239136, "predicted_label": 1}, {"score": 0.04764571785926819, "predicted_label": 0}]}';

const linear: LinearModel = {
  predictorType: 'regressor',
  loss: 'squared_loss',
  featureCount: 2,
  outputCount: 1,
  weights: Float64Array.of(0.5, -1),
  bias: Float64Array.of(0.25),
  threshold: 0.5,
  metricsParams: {},
};
const regressor = { 'model_algo-1': writeModelFile(linear) };
const multiclass = {
  'model_algo-1': writeModelFile({
    ...linear,
    predictorType: 'multiclass_classifier',
    loss: 'softmax_loss',
    outputCount: 3,
    weights: Float64Array.of(0, 0, 0, 0, 0, 1000),
    bias: Float64Array.of(0, 0, 0),
  }),
};
const serving = (t: TestContext, model: Record<string, Uint8Array>, env: Record<string, string> = {}) =>
  startServe(t, makeRoot(t, { model }), env);

test("An artifact of Amazon's is served with the published scores, to the last bit", async (t) => {
  const { invoke, send } = await serving(t, { 'model_algo-1': adult });
  assert.deepEqual(await send('GET', '/ping'), {
    status: 200,
    contentType: 'text/plain; charset=utf-8',
    body: Buffer.alloc(0),
  });
  const csv = await invoke('text/csv', adultRows.join('\n'));
  assert.equal(csv.status, 200);
  assert.equal(csv.contentType, 'application/json');
  assert.equal(csv.body.toString(), adultAnswer);
  const instances = adultRows.map((row) => ({ features: row.split(',').map(Number) }));
  const json = await invoke('application/json', JSON.stringify({ instances }));
  assert.equal(json.contentType, 'application/json');
  assert.equal(json.body.toString(), adultAnswer);
});

test('Every request type can be answered in every answer type', async (t) => {
  const { invoke } = await serving(t, regressor);
  const rows = { rowCount: 2, featureCount: 2, features: Float32Array.of(1, 2, 3, 0), labels: new Float32Array(0) };
  const requests: [string, string | Uint8Array, string][] = [
    ['text/csv', '1,2\n3,0\n', 'application/json'],
    ['text/csv; charset=utf-8; label_size=0', '1,2\r\n3,0', 'application/json'],
    ['text/csv;label_size=1', '9,1,2\n9,3,0', 'application/json'],
    [
      'application/json',
      '{"instances":[{"features":[1,2]},{"data":{"features":{"values":[3,0]}}}]}',
      'application/json',
    ],
    ['application/jsonlines', '{"features":[1,2]}\n{"features":[3,0]}\n', 'application/jsonlines'],
    ['application/x-recordio-protobuf', encodeRows(rows), 'application/x-recordio-protobuf'],
    [
      'application/x-recordio-protobuf',
      encodeRows({ ...rows, labels: Float32Array.of(7, 7) }),
      'application/x-recordio-protobuf',
    ],
  ];
  const answers: Record<string, (body: Buffer) => unknown> = {
    'application/json': (body) => JSON.parse(body.toString()).predictions.map(({ score }: { score: number }) => score),
    'application/jsonlines': (body) =>
      body
        .toString()
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).score),
    'text/csv': (body) => body.toString().trimEnd().split('\n').map(Number),
    'application/x-recordio-protobuf': (body) =>
      readRecordIo(body).map((payload) => decodeRecord(payload).label!.score!.values[0]),
  };
  for (const [contentType, body, usual] of requests) {
    for (const accept of [undefined, '*/*', ...Object.keys(answers)]) {
      const reply = await invoke(contentType, body, accept);
      const expected = accept === undefined || accept === '*/*' ? usual : accept;
      assert.equal(reply.contentType, expected, `${contentType} -> ${accept}`);
      assert.deepEqual(answers[expected]!(reply.body), [-1.25, 1.75], `${contentType} -> ${accept}`);
    }
  }
});

test('A multiclass model answers all scores and the label', async (t) => {
  const { invoke } = await serving(t, multiclass);
  const reply = await invoke('text/csv', '0,1\n0,0', 'application/jsonlines');
  assert.equal(
    reply.body.toString(),
    '{"predicted_label":2,"score":[0.0,0.0,1.0]}\n{"predicted_label":0,"score":[0.3333333333333333,0.3333333333333333,0.3333333333333333]}\n',
  );
  const records = await invoke('text/csv', '0,1', 'application/x-recordio-protobuf');
  const { label } = decodeRecord(readRecordIo(records.body)[0]!);
  assert.deepEqual(Object.keys(label!), ['predicted_label', 'score']);
  assert.deepEqual([...Float32Array.from(label!.score!.values)], [0, 0, 1]);
});

test('A model of powers and products takes raw rows, and speaks of raw features', async (t) => {
  const expansion = {
    degree: 2,
    interactions: 'all',
    centre: Float64Array.of(1, 2),
    factor: Float64Array.of(1, 10),
  } as const;
  const weights = Float64Array.of(0.5, -1, 3, 0, 0.25);
  const { invoke } = await serving(t, { 'model_algo-1': writeModelFile({ ...linear, weights, expansion }) });
  const reply = await invoke('text/csv', '2,3\n1,2');
  // 0.5 x0 - x1 + 3 z0^2 + z0 z1 / 4 + 0.25
  assert.equal(reply.body.toString(), '{"predictions": [{"score": 3.75}, {"score": -1.25}]}');
  const narrow = await invoke('text/csv', '1,2,3,4,5');
  assert.match(narrow.body.toString(), /input: 5 does not match the feature dimension of the model: 2\./);
});

test('A wrong request is refused with what it must be, and the program goes on', async (t) => {
  const { invoke, send } = await serving(t, regressor);
  const sparse = encodeRecord({
    features: { values: { kind: 'float32', values: [1], keys: [5], shape: [16_000_000] } },
  });
  const random = Buffer.from(Array.from({ length: 10_000 }, (_, i) => (i * 7919 + (i >> 3)) & 255));
  for (const [contentType, body, status, text] of [
    [
      'text/csv',
      '1,2,3,4',
      400,
      /^Customer Error: The feature dimension of the input: 4 does not match the feature dimension of the model: 2\. Please fix the input and try again\.$/,
    ],
    ['text/csv', '1,2\n3', 400, /The feature dimension of the input: 1 does not match/],
    [
      'application/json',
      '{"instances":[{"features":[1]}]}',
      400,
      /The feature dimension of the input: 1 does not match/,
    ],
    [
      'application/x-recordio-protobuf',
      frameRecord(sparse),
      400,
      /The feature dimension of the input: 16000000 does not match/,
    ],
    ['text/csv', '', 400, /unable to evaluate payload provided: The request has an empty body$/],
    ['text/csv', '\n', 400, /The request has no rows$/],
    ['text/csv', '1,NaN', 400, /Row 1, column 2: "NaN" stands for a missing value: missing values are not supported/],
    ['text/csv', 'a,b\n1,2', 400, /Row 1 is not numeric \("a,b"\): a header row is not allowed, remove it$/],
    ['text/csv', 'a,b', 400, /Row 1, column 1: "a" is not a number$/],
    ['text/csv', random, 400, /is not CSV text: it holds binary bytes$/],
    ['application/json', '{"instances":[{"features":[1,"x"]}]}', 400, /Instance 1, feature 2: "x" is not a number$/],
    ['application/json', '{', 400, /The request is not valid JSON/],
    ['application/jsonlines', '{"features":[1,2]}\n{', 400, /Line 2 is not valid JSON/],
    [
      'application/x-recordio-protobuf',
      '1,2',
      400,
      /The request is not RecordIO-protobuf .* it is text; CSV needs the content type text\/csv$/,
    ],
    [
      'application/x-recordio-protobuf',
      encodeRows({
        rowCount: 1,
        featureCount: 2,
        features: Float32Array.of(1, Number.NaN),
        labels: new Float32Array(0),
      }),
      400,
      /Record 1 has NaN as feature 2/,
    ],
    ['text/plain', '1,2', 415, /^Content-Type "text\/plain" is not supported; use one of text\/csv, /],
    ['', '1,2', 415, /^A missing Content-Type is not supported/],
    ['constructor', '1,2', 415, /is not supported/],
    ['text/csv;label_size=2', '1,2', 400, /label_size=2 of text\/csv is not supported; it must be 0 or 1$/],
  ] as const) {
    const reply = await invoke(contentType, body);
    assert.match(reply.body.toString(), text);
    assert.equal(reply.status, status);
  }
  const notAcceptable = await invoke('text/csv', '1,2', 'image/png');
  assert.equal(notAcceptable.status, 406);
  assert.match(
    notAcceptable.body.toString(),
    /^Accept type "image\/png" is not supported; use one of application\/json, /,
  );
  const compressed = await send(
    'POST',
    '/invocations',
    { 'Content-Type': 'text/csv', 'Content-Encoding': 'gzip' },
    '1,2',
  );
  assert.equal(compressed.status, 415);
  assert.equal((await send('GET', '/invocations')).status, 405);
  assert.equal((await send('GET', '/models')).status, 404);
  assert.equal((await invoke('text/csv', '1,2')).body.toString(), '{"predictions": [{"score": -1.25}]}');
});

test('A body over the limit is answered 413', async (t) => {
  const { send, invoke } = await serving(t, regressor);
  const body = Buffer.alloc(100 * 1024 * 1024 + 1, '1,2\n');
  const reply = await send('POST', '/invocations', { 'Content-Type': 'text/csv' }, body);
  assert.equal(reply.status, 413);
  assert.match(reply.body.toString(), /^The body has 104857601 bytes, the limit is 104857600$/);
  assert.equal((await invoke('text/csv', '1,2')).status, 200);
});

test('A batch transform gets JSON Lines by default and the parameters that the host chose', async (t) => {
  const { invoke, send } = await serving(t, regressor, {
    SAGEMAKER_BATCH: 'true',
    SAGEMAKER_MAX_PAYLOAD_IN_MB: '20',
    SAGEMAKER_BATCH_STRATEGY: 'SINGLE_RECORD',
    SAGEMAKER_MAX_CONCURRENT_TRANSFORMS: '3',
  });
  const reply = await invoke('text/csv', '1,2\n3,0\n');
  assert.equal(reply.contentType, 'application/jsonlines');
  assert.equal(reply.body.toString(), '{"score":-1.25}\n{"score":1.75}\n');
  const parameters = await send('GET', '/execution-parameters');
  assert.deepEqual(JSON.parse(parameters.body.toString()), {
    MaxConcurrentTransforms: 3,
    BatchStrategy: 'SINGLE_RECORD',
    MaxPayloadInMB: 20,
  });
});

test('SIGTERM lets a request that has begun end, then the program exits 0', async (t) => {
  const { child, finished, socketPath } = await serving(t, regressor);
  const call = request({ socketPath, method: 'POST', path: '/invocations', headers: { 'Content-Type': 'text/csv' } });
  const answered = new Promise<number | undefined>((resolve, reject) => {
    call.on('response', (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    call.on('error', reject);
  });
  await new Promise<void>((resolve) => {
    call.write('1,', () => resolve());
  });
  child.kill('SIGTERM');
  await new Promise<void>((resolve) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('Stop requested')) resolve();
    });
  });
  call.end('2\n');
  assert.equal(await answered, 200);
  const { code } = await finished;
  assert.equal(code, 0);
  assert.equal(existsSync(socketPath), false);
});

test('Frames get the answers of HTTP, and end with the program', async (t) => {
  const { child, finished, send, socketPath } = await serving(t, regressor);
  const socket = await new Promise<Socket>((resolve, reject) => {
    const headers = { connection: 'Upgrade', upgrade: framesProtocol };
    request({ socketPath, path: '/invocations', headers })
      .on('upgrade', (_response, upgraded: Socket) => resolve(upgraded))
      .on('response', () => reject(new Error('no frames')))
      .end();
  });
  const requests: [Record<string, string>, string][] = [
    [{ 'content-type': 'text/csv' }, '1,2\n3,0\n'],
    [{ 'content-type': 'application/json', accept: 'text/csv' }, '{"instances": [{"features": [1, 2]}]}'],
    [{ 'content-type': 'text/csv' }, '1,x'],
    [{ 'content-type': 'text/csv', 'content-encoding': 'gzip' }, '1,2'],
    [{ 'content-type': 'image/png' }, ''],
    [{ 'content-type': 'text/csv' }, ''],
  ];
  const answers: Frame[] = [];
  const push = frameReader({ bodyBytesMax: 1e6, onFrame: (frame) => answers.push(frame), onTooLarge: () => {} });
  socket.on('data', push);
  const pieces = requests.flatMap(([headers, body], id) =>
    encodeFrame({ id, status: 0, headers, body: Buffer.from(body) }),
  );
  // All in one write, and one frame cut in two.
  const bytes = Buffer.concat(pieces);
  socket.write(bytes.subarray(0, bytes.length - 1));
  socket.write(bytes.subarray(bytes.length - 1));
  while (answers.length < requests.length) await new Promise((resolve) => socket.once('data', resolve));
  for (const [at, [headers, body]] of requests.entries()) {
    const { status, contentType, body: expected } = await send('POST', '/invocations', headers, body);
    const { id, status: given, headers: said, body: got } = answers[at]!;
    assert.deepEqual(
      [id, given, said['content-type'], Buffer.from(got).toString()],
      [at, status, contentType, expected.toString()],
    );
  }
  const closed = new Promise((resolve) => socket.once('end', resolve));
  child.kill('SIGTERM');
  await closed;
  assert.equal((await finished).code, 0);
});

test('The program ends with the parent that started it', async (t) => {
  const { child, finished } = await serving(t, regressor, { LINNET_STOP_WITH_PARENT: '1' });
  child.stdin?.end();
  assert.equal((await finished).code, 0);
});

test('Without a whole model the program says so and exits 1', async (t) => {
  for (const [model, message] of [
    [{}, /Cannot load a model from ".*model": ENOENT/],
    [{ 'readme.txt': encode('x') }, /There is no file "model_algo-1"/],
    [{ 'model_algo-1': encode('not a zip') }, /Not a readable zip archive/],
    [{ 'model_algo-1': adult.subarray(0, 300) }, /Not a readable zip archive/],
    [{ 'model_algo-2': adult, 'model_algo-3': adult }, /There are several models: model_algo-2, model_algo-3/],
  ] as [Record<string, Uint8Array>, RegExp][]) {
    const { code, output } = await run(t, 'serve', makeRoot(t, { model }), { SAGEMAKER_BIND_TO_PORT: '0' });
    assert.match(output, message);
    assert.equal(code, 1);
  }
});

test('An address that cannot be had is told, and the program exits 1', async (t) => {
  const root = makeRoot(t, { model: { 'model_algo-7': adult } });
  chmodSync(root, 0o700);
  const { code, output } = await run(t, 'serve', root, { LINNET_BIND_TO_SOCKET: `${root}/none/serve.sock` });
  assert.match(output, /Cannot listen on .*none\/serve.sock/);
  assert.equal(code, 1);
});
