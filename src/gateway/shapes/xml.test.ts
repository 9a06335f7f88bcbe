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

test('any text comes back from XML as it went in', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const element = parseXml(Buffer.from(`<Key>${escapeXml(text)}</Key>`));
      assert.equal(element.text, text);
    }),
  );
});

test('members, lists without a wrapper and numbers are read; unknown elements are not', () => {
  const xml =
    '<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Part><ETag>&quot;a&quot;</ETag><PartNumber>1</PartNumber><New/></Part>\n<Part><PartNumber>2</PartNumber></Part></CompleteMultipartUpload>';
  assert.deepEqual(readXml(shapeOf('CompleteMultipartUpload', 'MultipartUpload'), parseXml(Buffer.from(xml))), {
    Parts: [{ ETag: '"a"', PartNumber: 1 }, { PartNumber: 2 }],
  });
});

test('a wrapped list is read and written', () => {
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
  assert.deepEqual(readXml(shape, parseXml(Buffer.from(xml))), tagging);
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
  test(`refused as malformed: ${xml || 'nothing'}`, () => {
    const part = shapeOf('CompleteMultipartUpload', 'MultipartUpload').members[0]!.shape.item!.shape;
    assert.throws(
      () => readXml(part, parseXml(Buffer.from(xml))),
      (thrown) => thrown instanceof ServiceError && thrown.code === 'MalformedXML',
    );
  });
}

test('whatever bytes come as XML, they are read or refused', () => {
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
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      try {
        readXml(shape, parseXml(Buffer.from(pieces.join(''))));
      } catch (thrown) {
        assert.ok(thrown instanceof ServiceError, String(thrown));
      }
    }),
    { numRuns: 500 },
  );
});

test('a form with lists of structures becomes an input', () => {
  const shape = loadModel('sts').operation('AssumeRole')!.input;
  const form = parseForm(
    'Action=AssumeRole&RoleArn=a%2Bb+c&DurationSeconds=900&Tags.member.1.Key=k&Tags.member.1.Value=v&Tags.member.2.Key=l&TransitiveTagKeys=',
  );
  assert.deepEqual(readForm(shape, form), {
    RoleArn: 'a+b c',
    DurationSeconds: 900,
    Tags: [{ Key: 'k', Value: 'v' }, { Key: 'l' }],
    TransitiveTagKeys: [],
  });
  assert.throws(() => parseForm('a=%zz'), /syntax error/);
});
