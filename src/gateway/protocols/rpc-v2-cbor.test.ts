import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode, encode } from 'cborg';
import fc from 'fast-check';
import { ServiceError } from '../../base/index.ts';
import { loadModel } from '../model/service-model.ts';
import type { Arrival } from './protocol.ts';
import { rpcV2Cbor } from './rpc-v2-cbor.ts';

const model = loadModel('cloudwatch');
const read = (operation: string, body: Uint8Array) =>
  rpcV2Cbor.read(model.operation(operation)!, model, { body: Buffer.from(body) } as Arrival);
const bytes = (hex: string) => Buffer.from(hex, 'hex');

const refusal = (body: Uint8Array, operation = 'ListMetrics'): string => {
  try {
    read(operation, body);
  } catch (thrown) {
    assert.ok(thrown instanceof ServiceError, String(thrown));
    assert.deepEqual([thrown.code, thrown.status], ['SerializationException', 400]);
    return thrown.message;
  }
  throw new Error('It was read');
};

test('times with and without a fraction, and maps of unknown length, are read', () => {
  // {_ "StartTime": 1(1.5), "EndTime": 1(1700000000) }, as RFC 8949 writes them.
  const body = bytes(
    'bf' + '69537461727454696d65' + 'c1fb3ff8000000000000' + '67456e6454696d65' + 'c11a6553f100' + 'ff',
  );
  assert.deepEqual(read('GetMetricStatistics', body), { StartTime: new Date(1500), EndTime: new Date(1.7e12) });
  assert.deepEqual(read('ListMetrics', Buffer.alloc(0)), {});
});

test('times are written as such, numbers and lists as they are, and what is undefined not at all', () => {
  const output = { Label: undefined, Datapoints: [{ Timestamp: new Date(1.7e12), Sum: 1.5, SampleCount: 2 }] };
  const { body, headers } = rpcV2Cbor.write(model.operation('GetMetricStatistics')!, model, output, 'id');
  const seconds: number[] = [];
  const read = decode(body as Buffer, { tags: { 1: (time) => seconds.push(Number(time())) } });
  assert.deepEqual(read, { Datapoints: [{ Timestamp: 1, Sum: 1.5, SampleCount: 2 }] });
  assert.deepEqual(seconds, [1.7e9]);
  assert.deepEqual([headers['content-type'], headers['smithy-protocol']], ['application/cbor', 'rpc-v2-cbor']);
});

test('a refusal has its shape, and the code of Query in a header', () => {
  const failure = { code: 'InvalidParameterValueException', message: 'No', status: 400, details: {} };
  const { body, headers, status } = rpcV2Cbor.writeFailure(failure, model, undefined, 'id');
  assert.deepEqual(decode(body as Buffer), { __type: 'InvalidParameterValueException', message: 'No' });
  assert.deepEqual([status, headers['x-amzn-query-error']], [400, 'InvalidParameterValue;Sender']);
});

test('what is not CBOR, or too much of it, is refused', () => {
  assert.match(refusal(bytes('a1')), /not a CBOR document that can be read/);
  assert.match(refusal(Buffer.from('{"Namespace":"a"}')), /not a CBOR document/);
  assert.match(refusal(encode(['a'])), /list found where not expected/);
  assert.match(refusal(encode({ Namespace: 1 })), /can not be converted to a String \(at 'namespace'\)/);
  assert.match(refusal(Buffer.alloc(1_000_000, 0x81)), /not a CBOR document/);
  assert.match(refusal(Buffer.alloc(2_000_000, 0x81), 'PutMetricData'), /not a CBOR document/);
  assert.match(refusal(encode(Array.from({ length: 30_000 }, () => []))), /more than 10000 values/);
  // A length that the body does not have, and one key twice.
  assert.match(refusal(bytes('7b00000fffffffffff61')), /not a CBOR document/);
  assert.match(refusal(bytes('a2616101616102')), /not a CBOR document/);
});

test('any bytes are read or refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (body) => {
      try {
        read('PutMetricData', body);
      } catch (thrown) {
        assert.ok(thrown instanceof ServiceError, String(thrown));
      }
    }),
  );
});
