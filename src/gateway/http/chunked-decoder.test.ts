import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ServiceError } from '../../base/index.ts';
import { type ChunkSigner, chunkSignature, emptySha256, sha256Hex, signingKey } from '../authenticate/signature-v4.ts';
import { type ChunkedOptions, chunkedDecoder } from './chunked-decoder.ts';

/** Decodes a body that arrives cut at the given places. */
function decode(
  body: Buffer,
  options: ChunkedOptions,
  cuts: readonly number[] = [],
): { data: Buffer; trailers: Record<string, string> } {
  const decoder = chunkedDecoder(options);
  const pieces: Buffer[] = [];
  let from = 0;
  for (const cut of [...cuts].sort((a, b) => a - b).concat(body.length)) {
    decoder.write(body.subarray(from, cut), (piece) => pieces.push(piece));
    from = cut;
  }
  decoder.end();
  return { data: Buffer.concat(pieces), trailers: { ...decoder.trailers } };
}

const refusedWith = (code: string) => (thrown: unknown) => thrown instanceof ServiceError && thrown.code === code;

// The example of the S3 API Reference, "Signature calculations: multiple chunks", and its variant with a trailer.
const scope = { date: '20130524', region: 'us-east-1', service: 's3' };
const awsSigner = (seed: string): ChunkSigner => ({
  key: signingKey('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', scope),
  timestamp: '20130524T000000Z',
  scope: '20130524/us-east-1/s3/aws4_request',
  seed,
});
const chunk = (data: string, signature: string): string =>
  `${data.length.toString(16)};chunk-signature=${signature}\r\n${data}${data === '' ? '' : '\r\n'}`;
const first = 'a'.repeat(65_536);
const second = 'a'.repeat(1024);

const awsOptions: ChunkedOptions = {
  decodedLength: 66_560,
  signed: { signer: awsSigner('4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9') },
  trailing: false,
  trailerNames: [],
};
const awsChunks = [
  chunk(first, 'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648'),
  chunk(second, '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497'),
  chunk('', 'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9'),
] as const;

test("AWS's example of signed chunks decodes", () => {
  const { data } = decode(Buffer.from(`${awsChunks.join('')}\r\n`), awsOptions);
  assert.equal(data.toString(), first + second);
});

test('signed chunks that were changed, swapped, repeated or left out are refused', () => {
  const [one, two, last] = awsChunks;
  const bodies = [
    `${one.replace('aaaa', 'aaab')}${two}${last}\r\n`,
    `${two}${one}${last}\r\n`,
    `${one}${one}${last}\r\n`,
    `${one}${last}\r\n`,
    `${one}${two}${last.replace('b6c6', 'b6c7')}\r\n`,
  ];
  for (const body of bodies) {
    assert.throws(
      () =>
        decode(Buffer.from(body), { ...awsOptions, decodedLength: body.includes(`${one}${one}`) ? 131_072 : 66_560 }),
      refusedWith('SignatureDoesNotMatch'),
    );
  }
  assert.throws(() => decode(Buffer.from(`${one}${two}`), awsOptions), refusedWith('IncompleteBody'));
});

const trailerOptions: ChunkedOptions = {
  decodedLength: 66_560,
  signed: { signer: awsSigner('106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e') },
  trailing: true,
  trailerNames: ['x-amz-checksum-crc32c'],
};
const trailerBody = [
  chunk(first, 'b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2'),
  chunk(second, '1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7'),
  chunk('', '2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992'),
  'x-amz-checksum-crc32c:sOO8/Q==\r\n',
  'x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n',
].join('');

test("AWS's example of signed chunks with a trailer decodes and hands the trailer over", () => {
  const { data, trailers } = decode(Buffer.from(trailerBody), trailerOptions);
  assert.equal(data.length, 66_560);
  assert.deepEqual(trailers, { 'x-amz-checksum-crc32c': 'sOO8/Q==' });
});

test('a signed trailer that was changed or whose signature is missing is refused', () => {
  const changed = trailerBody.replace('sOO8/Q==', 'sOO8/g==');
  assert.throws(() => decode(Buffer.from(changed), trailerOptions), refusedWith('SignatureDoesNotMatch'));
  const unsigned = trailerBody.replace(/x-amz-trailer-signature.*\r\n/, '');
  assert.throws(() => decode(Buffer.from(unsigned), trailerOptions), refusedWith('SignatureDoesNotMatch'));
});

const encodeUnsigned = (parts: readonly Buffer[], trailer: string): Buffer =>
  Buffer.concat([
    ...parts
      .filter((part) => part.length > 0)
      .flatMap((part) => [Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')]),
    Buffer.from(`0\r\n${trailer}\r\n`),
  ]);

const parts = fc.array(
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  { maxLength: 6 },
);
const cuts = fc
  .array(fc.nat(1), { maxLength: 8 })
  .chain(() => fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 }));

test('any data in any chunks cut anywhere on the way decodes to itself, with its trailer', () => {
  fc.assert(
    fc.property(parts, cuts, (chunks, places) => {
      const data = Buffer.concat(chunks);
      const body = encodeUnsigned(chunks, 'x-amz-checksum-crc32:AAAAAA==\r\n');
      const options = {
        decodedLength: data.length,
        signed: undefined,
        trailing: true,
        trailerNames: ['x-amz-checksum-crc32'],
      };
      const decoded = decode(
        body,
        options,
        places.map((place) => Math.floor(place * body.length)),
      );
      assert.deepEqual(decoded, { data, trailers: { 'x-amz-checksum-crc32': 'AAAAAA==' } });
      assert.throws(() => decode(body, { ...options, decodedLength: data.length + 1 }), refusedWith('IncompleteBody'));
      assert.throws(
        () => decode(body.subarray(0, body.indexOf('x-amz')), options),
        refusedWith('MalformedTrailerError'),
      );
    }),
  );
});

test('any signed chunks decode, and a flipped bit anywhere in the data does not', () => {
  const signer = awsSigner('0'.repeat(64));
  fc.assert(
    fc.property(parts, fc.nat(), (chunks, place) => {
      let previous = signer.seed;
      const dataAt: number[] = [];
      const pieces: Buffer[] = [];
      let length = 0;
      for (const part of [...chunks.filter(({ length: size }) => size > 0), Buffer.alloc(0)]) {
        previous = chunkSignature(signer, previous, part.length === 0 ? emptySha256 : sha256Hex(part));
        const head = Buffer.from(`${part.length.toString(16)};chunk-signature=${previous}\r\n`);
        for (let i = 0; i < part.length; i++) dataAt.push(length + head.length + i);
        pieces.push(head, part, Buffer.from('\r\n'));
        length += head.length + part.length + 2;
      }
      const body = Buffer.concat(pieces);
      const data = Buffer.concat(chunks);
      const options = { decodedLength: data.length, signed: { signer }, trailing: false, trailerNames: [] };
      assert.deepEqual(decode(body, options).data, data);
      if (dataAt.length === 0) return;
      const at = dataAt[place % dataAt.length]!;
      body[at] = body[at]! ^ 1;
      assert.throws(() => decode(body, options), refusedWith('SignatureDoesNotMatch'));
    }),
  );
});

test('a trailer that is not signed may end as MinIO clients end it, with an empty line too many, and no more', () => {
  const options = { decodedLength: 3, signed: undefined, trailing: true, trailerNames: ['x-amz-checksum-crc32'] };
  const body = '3\r\nabc\r\n0\r\nx-amz-checksum-crc32:NSRBwg==\n\r\n\r\n';
  assert.deepEqual(decode(Buffer.from(body), options).trailers, { 'x-amz-checksum-crc32': 'NSRBwg==' });
  for (const more of ['\r\n', 'x', 'x-amz-checksum-crc32:NSRBwg==\r\n'])
    assert.throws(() => decode(Buffer.from(body + more), options), /something follows the last chunk/);
});

test('junk is refused and never decoded to something', () => {
  const options = { decodedLength: 10, signed: undefined, trailing: true, trailerNames: ['x-amz-checksum-crc32'] };
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      assert.throws(() => decode(Buffer.from(bytes), options), ServiceError);
    }),
  );
  assert.throws(() => decode(Buffer.alloc(100_000, 0x61), options), /longer than 4096 bytes/);
});
