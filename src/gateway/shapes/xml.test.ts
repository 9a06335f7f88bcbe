import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ServiceError } from '../../base/index.ts';
import { loadModel } from '../model/service-model.ts';
import { parseForm, readForm } from './form.ts';
import { readXml, writeElement } from './xml.ts';
import { escapeXml, parseXml } from './xml-text.ts';

const s3 = loadModel('s3');
const shapeOf = (operation: string, member: string) =>
  s3.operation(operation)!.input.members.find(({ name }) => name === member)!.shape;

// What XML has no way to write: NUL and two that are no characters.
const writable = fc.string({ unit: 'binary' }).filter((text) => !/[\0\ufffe\uffff]/.test(text));

test('any text comes back from XML as it went in', async () => {
  await fc.assert(
    fc.asyncProperty(writable, async (text) => {
      const element = await parseXml(Buffer.from(`<Key>${escapeXml(text)}</Key>`));
      assert.equal(element.text, text);
    }),
  );
});

test('text that a client did not escape is kept: line separators, and control characters that XML has not', async () => {
  const text = 'a\u0001b\u007fc\u0085d\u2028e\u{1f600}';
  assert.equal((await parseXml(Buffer.from(`<Key>${text}</Key>`))).text, text);
  assert.equal((await parseXml(Buffer.from(`<?xml version="1.0"?>\n<a:Key>${text}</a:Key>`))).name, 'Key');
  assert.equal((await parseXml(Buffer.from('<Key>a<![CDATA[<b>&]]>c</Key>'))).text, 'a<b>&c');
});

const tooMuch: readonly [what: string, xml: string, problem: RegExp][] = [
  ['references in one key', `<Delete><Key>${'&#65;'.repeat(1_400_000)}</Key></Delete>`, /between two tags/],
  [
    'plain text in one key',
    `<Delete><Key>${'A'.repeat(7_000_000)}</Key></Delete>`,
    /more than 196608 characters|<Key>/,
  ],
  ['text in pieces', `<Key>${'aaaaaaaaaaaaaaaa<!-- -->'.repeat(2_000)}</Key>`, /<Key> has more than 16384/],
  ['a long comment', `<a><!--${'-a'.repeat(1_000_000)}--></a>`, /between two tags/],
  ['a long attribute', `<a b="${'x'.repeat(1_000_000)}"/>`, /between two tags/],
  ['many attributes', `<a ${Array.from({ length: 100_000 }, (_, i) => `b${i}="x"`).join(' ')}/>`, /between two tags/],
  ['a long name', `<${'a'.repeat(1_000_000)}/>`, /between two tags/],
  ['many elements', `<Delete>${'<a/>'.repeat(500_000)}</Delete>`, /more than 120000 elements/],
  ['deep nesting', '<a>'.repeat(1_000_000), /nested more than 64 deep/],
  ['an unclosed element', `<a>${'<b></b>'.repeat(20_000)}`, /unclosed tag: a/],
  ['an instruction without an end', `<?${'x'.repeat(1_000_000)}`, /between two tags/],
];
for (const [what, xml, problem] of tooMuch) {
  test(`refused early, with what is wrong: ${what}`, async () => {
    await assert.rejects(
      parseXml(Buffer.from(xml)),
      (thrown) => thrown instanceof ServiceError && thrown.code === 'MalformedXML' && problem.test(thrown.message),
    );
  });
}

test('a long document is parsed in slices between which others have their turn', async () => {
  const part = '<Part><ETag>&quot;d41d8cd98f00b204e9800998ecf8427e&quot;</ETag><PartNumber>1</PartNumber></Part>';
  let turns = 0;
  let parsed = false;
  const takeTurn = (): void => {
    turns += 1;
    if (!parsed) setImmediate(takeTurn);
  };
  setImmediate(takeTurn);
  const root = await parseXml(Buffer.from(`<CompleteMultipartUpload>${part.repeat(10_000)}</CompleteMultipartUpload>`));
  parsed = true;
  assert.equal(root.children.length, 10_000);
  assert.ok(turns > 40, `${turns} turns`);
});

test('members, lists without a wrapper and numbers are read; unknown elements are not', async () => {
  const xml =
    '<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Part><ETag>&quot;a&quot;</ETag><PartNumber>1</PartNumber><New/></Part>\n<Part><PartNumber>2</PartNumber></Part></CompleteMultipartUpload>';
  assert.deepEqual(readXml(shapeOf('CompleteMultipartUpload', 'MultipartUpload'), await parseXml(Buffer.from(xml))), {
    Parts: [{ ETag: '"a"', PartNumber: 1 }, { PartNumber: 2 }],
  });
});

test('a wrapped list is read and written', async () => {
  const tagging = {
    TagSet: [
      { Key: 'a', Value: '<1>' },
      { Key: 'b', Value: '' },
    ],
  };
  const shape = shapeOf('PutObjectTagging', 'Tagging');
  const xml = writeElement('Tagging', shape, tagging);
  assert.equal(
    xml,
    '<Tagging><TagSet><Tag><Key>a</Key><Value>&lt;1&gt;</Value></Tag><Tag><Key>b</Key><Value></Value></Tag></TagSet></Tagging>',
  );
  assert.deepEqual(readXml(shape, await parseXml(Buffer.from(xml))), tagging);
});

const refused = [
  '',
  'x',
  '<a>',
  '<a></b>',
  '<a/><b/>',
  '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
  '<a>&x;</a>',
  '<a>&#xFFFFFF;</a>',
  '<a>& </a>',
  '<Part><PartNumber>one</PartNumber></Part>',
  '<Part><PartNumber><x/></PartNumber></Part>',
];
for (const xml of refused) {
  test(`refused as malformed: ${xml || 'nothing'}`, async () => {
    const part = shapeOf('CompleteMultipartUpload', 'MultipartUpload').members[0]!.shape.item!.shape;
    await assert.rejects(
      async () => readXml(part, await parseXml(Buffer.from(xml))),
      (thrown) => thrown instanceof ServiceError && thrown.code === 'MalformedXML',
    );
  });
}

test('whatever bytes come as XML, they are read or refused', async () => {
  const shape = shapeOf('DeleteObjects', 'Delete');
  const piece = fc.constantFrom(
    '<',
    '>',
    '/',
    'Delete',
    'Object',
    'Key',
    '&',
    ';',
    '#',
    '<![CDATA[',
    ']]>',
    '<!--',
    '-->',
    '<?',
    '?>',
    '"',
    '=',
    ' ',
    'a',
    '\u0000',
    '{',
    '}',
    '__proto__',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async (pieces) => {
      try {
        readXml(shape, await parseXml(Buffer.from(pieces.join(''))));
      } catch (thrown) {
        assert.ok(thrown instanceof ServiceError, String(thrown));
      }
    }),
    { numRuns: 500 },
  );
});

test('a form with lists of structures becomes an input', () => {
  const parse = (text: string) => parseForm(Buffer.from(text));
  const shape = loadModel('iam').operation('SimulatePrincipalPolicy')!.input;
  const form = parse(
    'Action=SimulatePrincipalPolicy&PolicySourceArn=a%2Bb+c&MaxItems=900&ContextEntries.member.1.ContextKeyName=k&ContextEntries.member.1.ContextKeyType=string&ContextEntries.member.2.ContextKeyName=l&ActionNames=',
  );
  assert.deepEqual(readForm(shape, form), {
    PolicySourceArn: 'a+b c',
    MaxItems: 900,
    ContextEntries: [{ ContextKeyName: 'k', ContextKeyType: 'string' }, { ContextKeyName: 'l' }],
    ActionNames: [],
  });
  assert.throws(() => parse('a=%zz'), /syntax error/);
});
