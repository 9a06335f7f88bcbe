import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DataError } from '../../../../base/index.ts';
import { handlerOf, processingOf } from './data-processing.ts';
import { openProcessing } from './processing-thread.ts';

interface Given {
  input: string;
  answer?: string;
  type?: string;
  accept?: string;
  answered?: string;
  filters?: { InputFilter?: string; OutputFilter?: string; JoinSource?: 'Input' | 'None' };
  document?: boolean;
  inference?: boolean;
}

/** What the program is sent, and what is stored. */
function run({ input, answer = '', type = 'text/csv', answered, filters = {}, document = false, ...more }: Given) {
  let ids = 0;
  const inference = more.inference ? { newId: () => `id-${++ids}`, time: '2026-01-02T03:04:05Z' } : undefined;
  const settings = processingOf(filters, {
    inference: inference && { seed: '', time: inference.time },
    document,
    contentType: type,
    accept: more.accept,
  });
  assert.ok(settings !== undefined, 'something is asked for');
  const { body, output } = handlerOf({ ...settings, inference })(Buffer.from(input), 1);
  const headers = { 'content-type': answered };
  return {
    sent: Buffer.from(body).toString(),
    stored: () => Buffer.from(output({ headers, body: Buffer.from(answer) })).toString(),
  };
}

test('Without data processing nothing is touched', async () => {
  const filters = { InputFilter: '$', OutputFilter: '$', JoinSource: 'None' } as const;
  const rest = { inference: undefined, document: false, contentType: 'text/csv', accept: undefined };
  assert.equal(processingOf(filters, rest), undefined);
  const passage = await openProcessing(undefined).handle(Buffer.from('a\r\n\r\nb'), 1);
  const output = await passage.output({ headers: {}, body: Buffer.from('x') });
  assert.deepEqual([String(passage.body), String(output)], ['a\r\n\r\nb', 'x']);
});

test('On its thread a body is handled as here, and a fault is the same error', async () => {
  const rest = { inference: undefined, document: false, contentType: 'text/csv', accept: undefined };
  const processing = openProcessing(processingOf({ InputFilter: '$[1]', JoinSource: 'Input' }, rest));
  try {
    const bodies = ['1,2\n', '3,4\n5,6\n'];
    const passages = await Promise.all(bodies.map((body) => processing.handle(Buffer.from(body), 1)));
    assert.deepEqual(
      passages.map(({ body }) => Buffer.from(body).toString()),
      ['2\n', '4\n6\n'],
    );
    assert.deepEqual(
      passages.map(({ records }) => records),
      [1, 2],
    );
    const answer = { headers: {}, body: Buffer.from('7\n8\n') };
    assert.equal(Buffer.from(await passages[1]!.output(answer)).toString(), '3,4,7\n5,6,8\n');
    assert.equal(answer.body.toString(), '7\n8\n');
    await assert.rejects(passages[0]!.output(answer), DataError);
    await assert.rejects(processing.handle(Buffer.from('1\n'), 9), { name: 'DataError', message: /^Record 9: / });
  } finally {
    processing.close();
  }
});

test('Cells of CSV are chosen by place and joined as they are written', () => {
  const { sent, stored } = run({
    input: '7,"a,b",1.50\r\n8,"say ""x""",2\n\n',
    answer: '0.5\n0.25\n',
    filters: { InputFilter: '$[1:]', JoinSource: 'Input', OutputFilter: '$[0,-1]' },
  });
  assert.equal(sent, '"a,b",1.50\n"say ""x""",2\n');
  assert.equal(stored(), '7,0.5\n8,0.25\n');
  const whole = run({ input: '7,"a,b"\n', answer: '1,2', filters: { JoinSource: 'Input' } });
  assert.equal(whole.stored(), '7,"a,b",1,2\n');
});

test('A byte order mark belongs to no record', () => {
  const filters = { InputFilter: '$[1:]', JoinSource: 'Input', OutputFilter: '$[-1,0]' } as const;
  const rows = run({ input: '\ufeff"a,b",1\nc,2\n', answer: '5\n6\n', filters });
  assert.equal(rows.sent, '1\n2\n');
  assert.equal(rows.stored(), '5,"a,b"\n6,c\n');
  for (const document of [true, false]) {
    const json = run({
      input: '\ufeff{"a":1}',
      answer: '2',
      type: document ? 'application/json' : 'application/jsonlines',
      document,
      filters: { InputFilter: '$.a', JoinSource: 'Input' },
    });
    assert.equal(json.sent.trim(), '1');
    assert.equal(json.stored().trim(), '{"SageMakerOutput":2,"a":1}');
  }
});

test('A join of CSV needs as many rows as were sent, and CSV', () => {
  const join = { JoinSource: 'Input' } as const;
  assert.throws(run({ input: '1\n2\n', answer: '3\n', filters: join }).stored, {
    message:
      'Fail to join data: mismatched line count between the input and the output: 2 records were sent, 1 were answered',
  });
  assert.throws(
    run({ input: '1\n', answer: '{"score":1}\n', answered: 'application/jsonlines', filters: join }).stored,
    /^DataError: Failed to parse output from the algorithm as CSV: it answers application\/jsonlines/,
  );
});

test('A row that the filter does not fit is named by its number', () => {
  assert.throws(() => run({ input: '1,2\n1\n', filters: { InputFilter: '$[1]' } }), {
    message: 'Record 2: there is no index 1: it has 1 value',
  });
  assert.throws(() => run({ input: '1,"2\n', filters: { InputFilter: '$[1]' } }), {
    message: 'Record 1: a quote at character 3 is not closed; rows cannot hold line breaks',
  });
});

test('JSON Lines are filtered and joined under SageMakerOutput, names in order', () => {
  const { sent, stored } = run({
    input: '{"id":1,"features":[1,2]}\n{"id":2,"features":[3]}\n',
    answer: '{"score":3}\n{"score":4}\n',
    type: 'application/jsonlines',
    filters: { InputFilter: '$.features', JoinSource: 'Input' },
  });
  assert.equal(sent, '[1,2]\n[3]\n');
  assert.equal(
    stored(),
    '{"SageMakerOutput":{"score":3},"features":[1,2],"id":1}\n{"SageMakerOutput":{"score":4},"features":[3],"id":2}\n',
  );
});

test('What is no object is kept under SageMakerInput', () => {
  const filters = { JoinSource: 'Input' } as const;
  const { stored } = run({ input: '[1]\n', answer: '5\n', type: 'application/jsonlines', filters });
  assert.equal(stored(), '{"SageMakerInput":[1],"SageMakerOutput":5}\n');
});

test('A JSON document is joined with the whole answer', () => {
  const { sent, stored } = run({
    input: '{\n "instances": [1, 2],\n "id": "x"\n}',
    answer: '{"predictions": [{"score": 1}, {"score": 2}]}',
    type: 'application/json',
    document: true,
    filters: { JoinSource: 'Input', OutputFilter: "$['id','SageMakerOutput']" },
  });
  assert.equal(sent, '{\n "instances": [1, 2],\n "id": "x"\n}');
  assert.equal(stored(), '{"id":"x","SageMakerOutput":{"predictions":[{"score":1},{"score":2}]}}');
});

test('Long integers keep their digits, in the input and in the answer', () => {
  const filters = { JoinSource: 'Input' } as const;
  const type = 'application/jsonlines';
  const both = run({ input: '{"id":12345678901234567890}\n', answer: '{"key":98765432109876543210}\n', type, filters });
  assert.equal(both.stored(), '{"SageMakerOutput":{"key":98765432109876543210},"id":12345678901234567890}\n');
  const answer = run({ input: '{"id":0.1234567890123456789}\n', answer: '98765432109876543210\n', type, filters });
  assert.equal(answer.stored(), '{"SageMakerOutput":98765432109876543210,"id":0.1234567890123456789}\n');
  const path = run({ input: '{"id":12345678901234567890}\n', type, filters: { InputFilter: '$.id' } });
  assert.equal(path.sent, '12345678901234567890\n');
});

test('Text that is not JSON is named by its record', () => {
  const filters = { InputFilter: '$.a' };
  assert.throws(
    () => run({ input: '{"a":1}\n{"a"\n', type: 'application/jsonlines', filters }),
    (thrown: unknown) => {
      assert.ok(thrown instanceof DataError);
      return thrown.message.startsWith('Record 2: the input is not JSON: ');
    },
  );
  const output = run({
    input: '{}\n',
    answer: 'oops\n',
    type: 'application/jsonlines',
    filters: { OutputFilter: '$.a' },
  });
  assert.throws(output.stored, /^DataError: Record 1: the answer of the program is not JSON: /);
});

test('Each record gets an id of its own and the time of the job', () => {
  const rows = run({ input: '1\n2\n', answer: '3\n4\n', inference: true });
  assert.equal(rows.stored(), '3,id-1,2026-01-02T03:04:05Z\n4,id-2,2026-01-02T03:04:05Z\n');
  const lines = run({ input: '{}\n', answer: '{"output":0}\n', type: 'application/jsonlines', inference: true });
  assert.equal(
    lines.stored(),
    '{"output":0,"SageMakerInferenceId":"id-1","SageMakerInferenceTime":"2026-01-02T03:04:05Z"}\n',
  );
});
