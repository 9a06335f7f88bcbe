import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { parseTarget } from '../http/request-target.ts';
import type { WireRequest } from '../http/wire-request.ts';
import { type ClaimV4, readClaim } from './claim.ts';
import { emptySha256, matchesV4, signingKey } from './signature-v4.ts';

// The values AWS publishes: IAM User Guide "Create a signed request", S3 API Reference "sig-v4-header-based-auth"
// and "sigv4-query-string-auth".
const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const s3Secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const s3Host = 'examplebucket.s3.amazonaws.com';

const request = (method: string, target: string, headers: Record<string, string>): WireRequest => ({
  method,
  ...parseTarget(target),
  headers,
  host: headers.host ?? '',
  message: undefined as never,
});

function claimOf(wire: WireRequest): ClaimV4 {
  const claim = readClaim(wire);
  assert.equal(claim.kind, 'v4', JSON.stringify(claim));
  return claim as ClaimV4;
}

const s3Authorization = (signedHeaders: string, signature: string): string =>
  `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=${signedHeaders},Signature=${signature}`;

test("the signing key of AWS's example is derived", () => {
  const key = signingKey(secret, { date: '20150830', region: 'us-east-1', service: 'iam' });
  assert.equal(key.toString('hex'), 'c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9');
});

test("AWS's example of a signed ListUsers request matches", () => {
  const wire = request('GET', '/?Action=ListUsers&Version=2010-05-08', {
    'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
    host: 'iam.amazonaws.com',
    'x-amz-date': '20150830T123600Z',
    authorization:
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
  });
  assert.equal(matchesV4(wire, claimOf(wire), secret, emptySha256), true);
  assert.equal(matchesV4(wire, claimOf(wire), `${secret}x`, emptySha256), false);
});

const s3Examples: readonly [name: string, wire: WireRequest, payloadHash: string][] = [
  [
    'GET object with a range',
    request('GET', '/test.txt', {
      host: s3Host,
      range: 'bytes=0-9',
      'x-amz-content-sha256': emptySha256,
      'x-amz-date': '20130524T000000Z',
      authorization: s3Authorization(
        'host;range;x-amz-content-sha256;x-amz-date',
        'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
      ),
    }),
    emptySha256,
  ],
  [
    'PUT object',
    request('PUT', '/test%24file.text', {
      host: s3Host,
      date: 'Fri, 24 May 2013 00:00:00 GMT',
      'x-amz-content-sha256': '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
      'x-amz-date': '20130524T000000Z',
      'x-amz-storage-class': 'REDUCED_REDUNDANCY',
      authorization: s3Authorization(
        'date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class',
        '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
      ),
    }),
    '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
  ],
  [
    'GET bucket lifecycle, a parameter without value',
    request('GET', '/?lifecycle', {
      host: s3Host,
      'x-amz-content-sha256': emptySha256,
      'x-amz-date': '20130524T000000Z',
      authorization: s3Authorization(
        'host;x-amz-content-sha256;x-amz-date',
        'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
      ),
    }),
    emptySha256,
  ],
  [
    'list objects',
    request('GET', '/?max-keys=2&prefix=J', {
      host: s3Host,
      'x-amz-content-sha256': emptySha256,
      'x-amz-date': '20130524T000000Z',
      authorization: s3Authorization(
        'host;x-amz-content-sha256;x-amz-date',
        '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
      ),
    }),
    emptySha256,
  ],
  [
    'presigned GET',
    request(
      'GET',
      '/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
      { host: s3Host },
    ),
    'UNSIGNED-PAYLOAD',
  ],
];

for (const [name, wire, payloadHash] of s3Examples) {
  test(`AWS's S3 example matches: ${name}`, () => {
    const claim = claimOf(wire);
    assert.equal(matchesV4(wire, claim, s3Secret, payloadHash), true);
    assert.equal(matchesV4({ ...wire, method: 'DELETE' }, claim, s3Secret, payloadHash), false);
    assert.equal(matchesV4({ ...wire, rawPath: '/other.txt' }, claim, s3Secret, payloadHash), false);
  });
}

class NodeHash {
  readonly #hash;
  constructor(key?: string | ArrayBuffer | Uint8Array) {
    this.#hash = key === undefined ? createHash('sha256') : createHmac('sha256', key as Uint8Array);
  }
  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
  reset(): void {}
}

const text = fc.string({ unit: 'grapheme', maxLength: 12 });
// The signer of the SDK cannot hold a parameter named __proto__.
const queryName = text.filter((name) => name !== '' && name !== '__proto__' && !name.startsWith('X-Amz-'));
const headerText = fc.string({ unit: fc.constantFrom(...'abcXYZ 019-_.,;=/"'.split('')), maxLength: 20 });

test('what an independent signer signs matches, and nothing that was changed afterwards', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('s3', 'sagemaker'),
      fc.array(text, { maxLength: 4 }),
      fc.dictionary(queryName, text, { maxKeys: 4 }),
      headerText,
      fc.string({ maxLength: 30 }),
      async (service, segments, query, header, body) => {
        const path = `/${segments.map(encodeURIComponent).join('/')}`;
        const signer = new SignatureV4({
          credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret' },
          region: 'eu-west-1',
          service,
          sha256: NodeHash as unknown as ConstructorParameters<typeof SignatureV4>[0]['sha256'],
          uriEscapePath: service !== 's3',
        });
        const headers = { host: '127.0.0.1:8470', 'x-amz-meta-a': header };
        const signed = await signer.sign(
          { method: 'PUT', protocol: 'http:', hostname: '127.0.0.1', port: 8470, path, query, headers, body },
          { signingDate: new Date('2026-05-01T00:00:00Z') },
        );
        const sent = Object.entries(query).map(
          ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
        );
        const lower = Object.fromEntries(
          Object.entries(signed.headers).map(([name, value]) => [name.toLowerCase(), value.trim()]),
        );
        const wire = request('PUT', sent.length === 0 ? path : `${path}?${sent.join('&')}`, lower);
        const claim = claimOf(wire);
        const digest = createHash('sha256').update(body).digest('hex');
        assert.equal(matchesV4(wire, claim, 'secret', digest), true);
        assert.equal(matchesV4(wire, claim, 'secret', createHash('sha256').update(`${body}x`).digest('hex')), false);
        assert.equal(matchesV4({ ...wire, rawPath: `${wire.rawPath}x` }, claim, 'secret', digest), false);
        const changed = { ...lower, 'x-amz-meta-a': `${header}x` };
        assert.equal(matchesV4({ ...wire, headers: changed }, claim, 'secret', digest), false);
      },
    ),
    { numRuns: 200 },
  );
});

test('a claim that cannot be read is said to be malformed, whatever is in it', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), (authorization) => {
      const claim = readClaim(request('GET', '/', { authorization: `AWS4-HMAC-SHA256 ${authorization}` }));
      assert.equal(claim.kind, 'malformed');
    }),
  );
});
