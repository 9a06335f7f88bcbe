import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DataError } from '../../base/index.ts';
import type { RowBlock } from '../table.ts';
import { parseJsonInstances, parseJsonLines } from './json-instances.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const messageOf = (parse: (bytes: Uint8Array) => RowBlock, body: string): string => {
  try {
    parse(encode(body));
  } catch (error) {
    assert.ok(error instanceof DataError, String(error));
    return error.message;
  }
  return assert.fail(`no fault in ${body}`);
};

const forms = [
  '{"features":[1.5,16,0]}',
  '{"data":{"features":{"values":[1.5,16.0,0]}}}',
  '{"data":{"features":[1.5,16,0]},"configuration":{}}',
  '{"data":{"features":{"keys":[1,0],"shape":[3],"values":[16,1.5]}}}',
  '{"data":{"features":{"shape":[3],"values":[1.5,16,0]}}}',
  '[1.5,16,0]',
];

test('Every form of an instance gives the same row, in JSON and in JSON Lines', () => {
  for (const block of [
    parseJsonInstances(encode(`{"instances":[${forms.join(',')}]}`)),
    parseJsonLines(encode(forms.join('\n'))),
    parseJsonLines(encode(`${forms.join('\r\n')}\n\n`)),
  ]) {
    assert.equal(block.rowCount, forms.length);
    assert.equal(block.featureCount, 3);
    assert.deepEqual(
      [...block.features],
      forms.flatMap(() => [1.5, 16, 0]),
    );
  }
});

test('A wrong request is refused with what it must be', () => {
  for (const [body, message] of [
    ['{"instances":', /^The request is not valid JSON: /],
    ['[1,2]', /has no list "instances"/],
    ['{"instances":{}}', /has no list "instances"/],
    ['{"instances":[{"x":1}]}', /^Instance 1 has neither "features" nor "data"$/],
    ['{"instances":[7]}', /^Instance 1 is 7; it must be an object with "features"$/],
    ['{"instances":[{"features":[1,"a"]}]}', /^Instance 1, feature 2: "a" is not a number$/],
    [
      '{"instances":[{"features":[1,null]}]}',
      /^Instance 1, feature 2: null stands for a missing value: missing values are not supported, fill them in or leave the row out$/,
    ],
    ['{"instances":[{"features":[1,1e39]}]}', /^Instance 1, feature 2: 1e39 is beyond the largest 32-bit number/],
    ['{"instances":[{"features":[1]},{"features":[1,2]}]}', /^Instance 2 has 2 features, but those before have 1$/],
    ['{"instances":[{"features":[]}]}', /^Instance 1 has no features$/],
    [
      '{"instances":[{"data":{"features":{"keys":[3],"shape":[3],"values":[1]}}}]}',
      /has the key 3, but its shape allows 0 to 2$/,
    ],
    ['{"instances":[{"data":{"features":{"keys":[0.5],"shape":[3],"values":[1]}}}]}', /has the key 0.5/],
    [
      '{"instances":[{"data":{"features":{"keys":[0],"shape":[1e12],"values":[1]}}}]}',
      /has the shape \[1000000000000\]/,
    ],
    ['{"instances":[{"data":{"features":{"keys":[0],"values":[1]}}}]}', /has the shape nothing/],
    ['{"instances":[{"data":{"features":{"keys":[0,0],"shape":[3],"values":[1,2]}}}]}', /the same key twice$/],
    ['{"instances":[{"data":{"a":[1],"b":[2]}}]}', /has no "features" in its "data", but "a", "b"$/],
  ] as const) {
    assert.match(messageOf(parseJsonInstances, body), message);
  }
  assert.match(messageOf(parseJsonLines, '{"features":[1]}\n{"features":[1}'), /^Line 2 is not valid JSON: /);
  assert.match(messageOf(parseJsonLines, '{"features":[1]}\n\n{"features":[1]}'), /^Line 2 is empty$/);
  assert.throws(() => parseJsonInstances(Uint8Array.of(0x22, 0xff, 0x22)), /The request is not UTF-8 text/);
});

test('The caller sees the width of the first row before anything is expanded', () => {
  const body = encode('{"instances":[{"features":[1,2,3,4]}]}');
  const checkWidth = (featureCount: number): void => {
    throw new DataError(`width ${featureCount}`);
  };
  assert.throws(() => parseJsonInstances(body, checkWidth), /^DataError: width 4$/);
});

test('Any JSON gives rows or a DataError', () => {
  const instance = fc.oneof(
    fc.json().map((text) => JSON.parse(text)),
    fc.record({ features: fc.array(fc.oneof(fc.double(), fc.string()), { maxLength: 3 }) }),
    fc.record({
      data: fc.record({
        features: fc.record({ keys: fc.array(fc.nat(4)), shape: fc.array(fc.nat(4)), values: fc.array(fc.integer()) }),
      }),
    }),
  );
  fc.assert(
    fc.property(fc.array(instance, { maxLength: 4 }), (instances) => {
      try {
        const block = parseJsonInstances(encode(JSON.stringify({ instances })));
        assert.equal(block.features.length, block.rowCount * block.featureCount);
      } catch (error) {
        assert.ok(error instanceof DataError, String(error));
      }
    }),
    { numRuns: 500 },
  );
});
