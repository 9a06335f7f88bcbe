import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DataError } from '../../base/index.ts';
import { expandBlock } from '../sparse-rows.ts';
import { jsonLinesDecoder } from './json-lines.ts';

interface Read {
  labels: number[];
  features: number[];
  sparse: boolean;
}

function read(
  text: string | Uint8Array,
  { chunkBytes = 1 << 20, rows }: { chunkBytes?: number; rows?: 'dense' | 'sparse' } = {},
): Read {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  const decoder = jsonLinesDecoder({ labelCount: 1, source: 'train/a', ...(rows && { rows }) });
  const labels: number[] = [];
  const features: number[] = [];
  let sparse = false;
  const keep = (blocks: ReturnType<typeof decoder.push>): void => {
    for (const block of blocks) {
      sparse = 'rowStart' in block;
      for (const dense of 'rowStart' in block ? expandBlock(block, 'train') : [block]) {
        labels.push(...dense.labels);
        features.push(...dense.features);
      }
    }
  };
  for (let p = 0; p < bytes.length; p += chunkBytes) keep(decoder.push(bytes.slice(p, p + chunkBytes)));
  keep(decoder.end());
  return { labels, features, sparse };
}

const messageOf = (text: string | Uint8Array): string => {
  try {
    read(text);
  } catch (error) {
    assert.ok(error instanceof DataError, String(error));
    return error.message;
  }
  return 'read';
};

const forms = `[1, 0.5, 2]
{"label": 0.1, "features": [3, 4]}
{"label": [3], "data": {"features": {"values": [5, 6]}}, "configuration": {}}
{"label": 4, "data": {"features": {"keys": [1], "shape": [2], "values": [7]}}}
`;

test('Every form of a labelled line is read, dense when the first is, with its doubles', () => {
  for (const chunkBytes of [1, 30, 1000]) {
    assert.deepEqual(read(forms, { chunkBytes }), {
      labels: [1, 0.1, 3, 4],
      features: [0.5, 2, 3, 4, 5, 6, 0, 7],
      sparse: false,
    });
  }
});

test('Lines are sparse when the first is, or when that is said', () => {
  const lines = forms.trim().split('\n').reverse();
  const due = { labels: [4, 3, 0.1, 1], features: [0, 7, 5, 6, 3, 4, 0.5, 2], sparse: true };
  assert.deepEqual(read(lines.join('\n')), due);
  assert.equal(read(forms, { rows: 'sparse' }).sparse, true);
  const [wide] = jsonLinesDecoder({ labelCount: 1 }).push(
    new TextEncoder().encode(
      '{"label":1,"data":{"features":{"keys":[4294967295,3],"shape":[4294967296],"values":[2,1]}}}\n',
    ),
  );
  assert.ok(wide !== undefined && 'rowStart' in wide);
  assert.deepEqual([...wide.columns], [3, 4294967295]);
});

test('A wrong line is named with its row and fault', () => {
  const bad: [string, RegExp][] = [
    ['{"label":1,"features":[1,"x"]}', /^Row 2 of "train\/a", feature 2: "x" is not a number$/],
    ['{"label":1,"features":[1,null]}', /, feature 2: null stands for a missing value: /],
    ['{"label":1,"features":[1,1e39]}', /, feature 2: 1e39 is beyond the largest 32-bit number, 3.4028235e38$/],
    [
      '{"label":"1","features":[1,2]}',
      /^Row 2 of "train\/a", the label: "1" is text, not a number: write it without quotes$/,
    ],
    ['{"features":[1,2]}', /^Row 2 of "train\/a" has no "label"$/],
    ['{"label":1}', /has neither "features" nor "data"$/],
    ['{"label":1,"features":[1]}', /has 1 features, but the rows before have 2$/],
    ['[1]', /has 1 numbers; it needs a label and at least one feature$/],
    ['7', /is 7; it must be a list or an object$/],
    ['{', /^Row 2 of "train\/a" is not valid JSON: /],
    [
      '{"label":1,"data":{"features":{"keys":[2],"shape":[2],"values":[1]}}}',
      /has the key 2, but its shape allows 0 to 1$/,
    ],
    ['{"label":1,"data":{"features":{"keys":[1,1],"shape":[2],"values":[1,2]}}}', /has the same key twice$/],
    ['', /^Row 2 of "train\/a" is empty$/],
    [`[1,${'['.repeat(200_000)}${']'.repeat(200_000)},2]`, /is not a number$/],
  ];
  for (const [line, message] of bad) assert.match(messageOf(`[1,1,2]\n${line}\n[1,1,2]\n`), message);
  assert.match(messageOf('[1,1,2]\n\xff'), /not valid JSON/);
  assert.match(messageOf(Uint8Array.of(0xc3, 0x28, 0xfd, 10)), /^Row 1 of "train\/a" is not UTF-8 text$/);
  assert.match(messageOf(Uint8Array.of(0x50, 0x41, 0x52, 0x31, 10)), /^"train\/a" is not JSON Lines: it is a Parquet/);
  assert.match(
    messageOf('1,2,3\n'),
    /^Row 1 of "train\/a" is not valid JSON: it is CSV, whose content type is text\/csv$/,
  );
});

test('An empty line at the end is none', () => {
  assert.deepEqual(read('[1,2]\r\n\r\n').labels, [1]);
});

test('Arbitrary text and damaged lines give rows or a DataError', () => {
  const damaged = fc.array(fc.tuple(fc.nat(300), fc.nat(255)), { maxLength: 4 }).map((changes) => {
    const bytes = new TextEncoder().encode(forms);
    for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
    return bytes;
  });
  const line = fc.json({ maxDepth: 3 }).map((json) => new TextEncoder().encode(`${json}\n`));
  const input = fc.oneof(damaged, line, fc.uint8Array({ maxLength: 60 }));
  fc.assert(
    fc.property(input, fc.integer({ min: 1, max: 99 }), (bytes, chunkBytes) => {
      try {
        const { labels, features } = read(bytes, { chunkBytes });
        assert.ok([...labels, ...features].every(Number.isFinite));
      } catch (error) {
        assert.ok(error instanceof DataError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});
