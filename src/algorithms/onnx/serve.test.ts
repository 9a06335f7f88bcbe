import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { encodeOnnx, type OnnxGraph } from '../../formats/index.ts';
import { makeRoot, run, startServe } from './root.testing.ts';

const fixture = (name: string): Buffer =>
  readFileSync(new URL(`../../../../test/fixtures/onnx/${name}`, import.meta.url));
const expected = JSON.parse(fixture('expected.json').toString()) as Record<
  'pipeline' | 'mlp' | 'columns',
  { rows: (number | string)[][]; labels: unknown[]; classes: unknown[]; probabilities: number[][] }
>;

const serving = (t: TestContext, model: Uint8Array, env: Record<string, string> = {}) =>
  startServe(t, makeRoot(t, { model: { 'model.onnx': model } }), env);

const value = (name: string, shape: (number | string)[], kind: 'float32' | 'int64' | 'float64' = 'float32') => ({
  name,
  kind,
  shape,
});
const model = (graph: Omit<OnnxGraph, 'name' | 'constants'>): Uint8Array =>
  encodeOnnx({ name: 'test', constants: [], ...graph });
/** Passes its input on. */
const passing = (input: ReturnType<typeof value>): Uint8Array =>
  model({
    inputs: [input],
    outputs: [{ ...input, name: 'y' }],
    nodes: [{ operator: 'Identity', inputs: [input.name], outputs: ['y'] }],
  });

const json = 'application/json';
type Sent = Awaited<ReturnType<typeof startServe>>;
const ask = async ({ invoke }: Sent, body: unknown): Promise<unknown> => {
  const answer = await invoke(json, typeof body === 'string' ? body : JSON.stringify(body));
  return answer.status === 200
    ? JSON.parse(answer.body.toString()).predictions
    : `${answer.status} ${answer.body.toString()}`;
};

test('Pipelines and nets of scikit-learn answer with its labels, and its probabilities by class', async (t) => {
  for (const name of ['pipeline', 'mlp', 'columns'] as const) {
    const { rows, labels, classes, probabilities } = expected[name];
    const served = await serving(t, fixture(`${name}.onnx`));
    const answers = (await ask(served, { instances: rows })) as {
      output_label: unknown;
      output_probability: Record<string, number>;
    }[];
    assert.deepEqual(
      answers.map((row) => row.output_label),
      labels,
    );
    for (const [row, { output_probability: given }] of answers.entries())
      for (const [column, label] of classes.entries())
        assert.ok(Math.abs(given[String(label)]! - probabilities[row]![column]!) < 1e-6, `${name}, row ${row}`);
    const csv = await served.invoke('text/csv', rows.map((row) => row.join(',')).join('\n'), 'text/csv');
    assert.equal(csv.body.toString().split('\n')[0]!.split(',').length, 1 + classes.length);
    assert.equal(csv.body.toString().split('\n')[0]!.split(',')[0], String(labels[0]));
  }
});

test('Rows come by position, by the names of the inputs, as lines and as whole tensors', async (t) => {
  const served = await serving(t, fixture('columns.onnx'));
  const [row] = expected.columns.rows;
  const [length, width, colour] = row!;
  const named = { length, width, colour };
  const wanted = await ask(served, { instances: [row] });
  for (const body of [
    [row],
    row,
    named,
    [named],
    { instances: [named] },
    { instances: [{ features: row }] },
    { instances: [[[length], [width], [colour]]] },
    { inputs: { length: [length], width: [[width]], colour: [colour] } },
    { length: [[length]], width: [[width]], colour: [[colour]] },
  ])
    assert.deepEqual(await ask(served, body), wanted, JSON.stringify(body));
  const lines = await served.invoke('application/jsonlines', `${JSON.stringify(row)}\n${JSON.stringify(named)}\n`);
  assert.equal(lines.contentType, json);
  assert.deepEqual(JSON.parse(lines.body.toString()).predictions, [...(wanted as []), ...(wanted as [])]);
  const asLines = await served.invoke('text/csv', `${row!.join(',')}\n`, 'application/jsonlines');
  assert.deepEqual(JSON.parse(asLines.body.toString()), (wanted as unknown[])[0]);
  const two = { length: [1, 2], width: [3, 4], colour: ['red', 'red'] };
  assert.equal(((await ask(served, two)) as unknown[]).length, 2);
});

test('Requests that a model does not take are refused with row, input and value', async (t) => {
  const served = await serving(t, fixture('columns.onnx'));
  const inputs = 'the inputs of the model are "length", "width", "colour"';
  const cases: [unknown, string][] = [
    [{ instances: [{ length: 1, width: 2 }] }, `Row 1 lacks "colour"; ${inputs}`],
    [{ instances: [{ length: 1, width: 2, color: 'red' }] }, `Row 1 has "color"; ${inputs}`],
    [
      { instances: [[1, 2]] },
      'Row 1 has 2 values; the model has the inputs "length", "width", "colour": give an object with one member for each',
    ],
    [
      {
        instances: [
          [1, 2, 'red'],
          ['x', 2, 'red'],
        ],
      },
      'Row 2, input "length": "x" is not a number',
    ],
    [{ instances: [[1, 2, 3]] }, 'Row 1, input "colour": 3 is not a string'],
    [{ length: [1, 2], width: [3], colour: ['red', 'red'] }, 'Input "width" has 1 rows, and "length" has 2'],
    [
      { length: [[1, 2]], width: [3], colour: ['red'] },
      'The request: input "length" takes 1 value in a row, not 2 values',
    ],
    [{ instances: [[1e300, 2, 'red']] }, 'Row 1, input "length": 1e+300 is beyond the range of float32'],
    [{ instances: [] }, 'The request has no rows'],
    [{ instances: 5 }, '"instances" of the request is not a list of rows'],
    ['{"instances": [[1,', 'The request is not valid JSON: it ends too early'],
    ['7', 'The request is neither a list nor an object; send {"instances": [{"length": ..., ...}, ...]}'],
    [
      { instances: [[1, 2, 'green']] },
      "The model does not take these rows: running OneHotEncoder node. Name:'OneHotEncoder' Status Message: Unknown Category and zeros = 0.",
    ],
  ];
  for (const [body, message] of cases) {
    const answer = (await ask(served, body)) as string;
    assert.equal(answer.replace(/(is not valid JSON: ).*/, '$1it ends too early'), `400 ${message}`);
  }
  const text = async (contentType: string, body: string, accept?: string) => {
    const answer = await served.invoke(contentType, body, accept);
    return `${answer.status} ${answer.body.toString()}`;
  };
  const widths = '1 for input "length", 1 for input "width", 1 for input "colour"';
  assert.equal(await text('text/csv', '1,2'), `400 Rows have 2 columns; the model takes 3: ${widths}`);
  assert.equal(await text('text/csv', '1,x,red'), '400 Row 1, input "width": "x" is not a number');
  assert.equal(await text(json, ''), '400 The request has an empty body');
  assert.match(await text('image/png', 'x'), /^415 Content-Type "image\/png" is not supported; use one of text\/csv/);
  assert.match(await text(json, '[1,2,"red"]', 'image/png'), /^406 Accept type "image\/png" is not supported/);
});

test('Values take the type of their input, within its range', async (t) => {
  const whole = await serving(t, passing(value('x', ['rows', 2], 'int64')));
  assert.deepEqual(await ask(whole, [[1, -2]]), [{ y: [1, -2] }]);
  assert.equal(await ask(whole, [[1, 2.5]]), '400 Row 1, input "x", value 2: 2.5 is not a whole number, as int64 is');
  assert.equal(await ask(whole, [[1, null]]), '400 Row 1, input "x", value 2: a value is missing');
  assert.match(
    String(await ask(whole, [[1, 1e17]])),
    /value 2: 100000000000000000 is not within -9007199254740991 and/,
  );
  const csv = await whole.invoke('text/csv', '3,4\n5,6', 'text/csv');
  assert.equal(csv.body.toString(), '3,4\n5,6\n');
  const double = await serving(t, passing(value('x', ['rows', 1], 'float64')));
  assert.deepEqual(await ask(double, [[0.1], 0.2]), [{ y: 0.1 }, { y: 0.2 }]);
});

test('Images are rows of lists in lists, or of all their values', async (t) => {
  const served = await serving(t, passing(value('x', ['rows', 2, 2])));
  const rows = [
    {
      y: [
        [1, 2],
        [3, 4],
      ],
    },
  ];
  assert.deepEqual(
    await ask(served, {
      instances: [
        [
          [1, 2],
          [3, 4],
        ],
      ],
    }),
    rows,
  );
  assert.deepEqual(await ask(served, { instances: [[1, 2, 3, 4]] }), rows);
  assert.deepEqual(
    await ask(served, {
      inputs: [
        [
          [1, 2],
          [3, 4],
        ],
      ],
    }),
    rows,
  );
  assert.equal(
    await ask(served, { instances: [[[1, 2, 3, 4]]] }),
    '400 Row 1: input "x" takes lists of 2 × 2 values in a row, not lists of 1 × 4 values',
  );
  assert.equal(await ask(served, { instances: [[[1, 2], [3]]] }), '400 Row 1 has lists of different sizes: 2 and 1');
});

test('A model of a fixed number of rows is run once for each so many', async (t) => {
  const one = await serving(t, passing(value('x', [1, 2])));
  assert.deepEqual(
    await ask(one, [
      [1, 2],
      [3, 4],
    ]),
    [{ y: [1, 2] }, { y: [3, 4] }],
  );
  const two = await serving(t, passing(value('x', [2, 1])));
  assert.deepEqual(await ask(two, [[1], [2], [3], [4]]), [{ y: 1 }, { y: 2 }, { y: 3 }, { y: 4 }]);
  assert.equal(await ask(two, [[1], [2], [3]]), '400 The model takes 2 rows at a time, and the request has 3');
});

test('Rows of any length are taken, as long as they are of one', async (t) => {
  const served = await serving(t, passing(value('x', ['rows', 'length'])));
  assert.deepEqual(await ask(served, [[1, 2, 3]]), [{ y: [1, 2, 3] }]);
  assert.match(
    String(await ask(served, [[1, 2], [1]])),
    /^400 Row 2: input "x" has 1 values, and 2 in the rows before/,
  );
  const csv = await served.invoke('text/csv', '1,2\n3,4');
  assert.deepEqual(JSON.parse(csv.body.toString()).predictions, [{ y: [1, 2] }, { y: [3, 4] }]);
});

test('An output that has no rows answers a request of one row, and says so for several', async (t) => {
  const sum = model({
    inputs: [value('x', ['rows', 2])],
    outputs: [value('y', [1, 1])],
    nodes: [{ operator: 'ReduceSum', inputs: ['x'], outputs: ['y'] }],
  });
  const served = await serving(t, sum);
  assert.deepEqual(await ask(served, [[1, 2]]), [{ y: 3 }]);
  assert.equal(
    await ask(served, [
      [1, 2],
      [3, 4],
    ]),
    '400 The output "y" is of 1 × 1 values, not of the 2 rows of the request; send one row at a time',
  );
});

test('The environment chooses outputs, the type of answers and the number of threads', async (t) => {
  const env = {
    SAGEMAKER_INFERENCE_OUTPUT: 'output_probability',
    SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT: 'text/csv',
    SAGEMAKER_MODEL_SERVER_WORKERS: '2',
  };
  const served = await serving(t, fixture('pipeline.onnx'), env);
  const [row] = expected.pipeline.rows;
  const answers = await Promise.all(Array.from({ length: 8 }, () => served.invoke(json, JSON.stringify([row]))));
  for (const answer of answers) {
    assert.equal(answer.contentType, 'text/csv');
    assert.equal(answer.body.toString().split(',').length, 3);
  }
  served.child.kill('SIGTERM');
  assert.equal((await served.finished).code, 0);
  const root = makeRoot(t, { model: { 'model.onnx': fixture('pipeline.onnx') } });
  const { code, output } = await run(t, 'serve', root, { SAGEMAKER_INFERENCE_OUTPUT: 'score' });
  assert.equal(code, 1);
  assert.match(
    output,
    /SAGEMAKER_INFERENCE_OUTPUT names "score"; the model has the outputs output_label, output_probability/,
  );
});

test('What cannot be served says why, and names the operator, the version or the file', async (t) => {
  const operator = (name: string) =>
    model({
      inputs: [value('x', ['rows', 2])],
      outputs: [value('y', ['rows', 2])],
      nodes: [{ operator: name, inputs: ['x'], outputs: ['y'] }],
    });
  const cut = fixture('pipeline.onnx').subarray(0, 300);
  const cases: [Record<string, Uint8Array>, RegExp][] = [
    [
      { 'model.onnx': operator('Blargh') },
      /^ClientError: model\.onnx: The operator Blargh is not among those of opset 17/,
    ],
    [{ 'model.onnx': cut }, /^ClientError: model\.onnx: It is damaged, or no ONNX model/],
    [{ 'net.onnx': Buffer.from('no model') }, /^ClientError: net\.onnx: It is damaged/],
    [{ 'weights.bin': cut }, /^ClientError: There is no file model\.onnx in the model's archive$/],
    [
      { 'a.onnx': cut, 'b.onnx': cut },
      /^ClientError: There are several models: a\.onnx, b\.onnx; call the one to serve/,
    ],
    [
      { 'model.onnx': passing(value('x', [])) },
      /Its input "x" is a single value, without a first size that counts rows$/,
    ],
  ];
  for (const [files, message] of cases) {
    const { code, failure } = await run(t, 'check-model', makeRoot(t, { model: files }));
    assert.equal(code, 1);
    assert.match(failure ?? '', message);
  }
  const root = makeRoot(t, { model: { 'model.onnx': fixture('mlp.onnx') } });
  const good = await run(t, 'check-model', root);
  assert.deepEqual([good.code, good.failure], [0, undefined]);
  const absent = await run(t, 'serve', root, { LINNET_ONNX_RUNTIME: '' });
  assert.equal(absent.code, 1);
  assert.match(absent.output, /ONNX Runtime has not been added; type: linnet image add onnx/);
});

test('An output that is no finite number is refused in JSON, and written in CSV', async (t) => {
  const served = await serving(
    t,
    model({
      inputs: [value('x', ['rows', 2])],
      outputs: [value('y', ['rows', 2])],
      nodes: [{ operator: 'Log', inputs: ['x'], outputs: ['y'] }],
    }),
  );
  assert.equal(
    await ask(served, [
      [1, 1],
      [1, -1],
    ]),
    '400 The output "y" of row 2 has NaN, which JSON cannot write; look at the row\'s values, or accept text/csv',
  );
  assert.match(String(await ask(served, [[0, 1]])), /^400 The output "y" of row 1 has -Infinity/);
  const lines = await served.invoke('text/csv', '1,-1\n', 'application/jsonlines');
  assert.equal(lines.status, 400);
  const csv = await served.invoke('text/csv', '1,-1\n0,1\n', 'text/csv');
  assert.equal(csv.body.toString(), '0.0,NaN\n-Infinity,0.0\n');
});
