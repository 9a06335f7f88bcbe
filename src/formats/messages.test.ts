// Inputs that people send, each called what it is: what a message advises must be right.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DataError } from '../base/index.ts';
import { csvDecoder } from './csv/csv.ts';
import { parseJsonInstances, parseJsonLines } from './json/json-instances.ts';
import { jsonLinesDecoder } from './json/json-lines.ts';
import { libsvmDecoder } from './libsvm.ts';
import { type BlockDecoder, decodeAll } from './row-decoder.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const utf16 = (text: string, bigEndian = false): Uint8Array => {
  const bytes = Buffer.from(text, 'utf16le');
  return bigEndian ? bytes.swap16() : bytes;
};

function messageOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    assert.ok(error instanceof DataError, String(error));
    return error.message;
  }
  return 'read';
}

const drain = (decoder: BlockDecoder<unknown>, bytes: Uint8Array): void => {
  for (const _ of decoder.push(bytes));
  for (const _ of decoder.end());
};
type Case = readonly [what: string, input: string | Uint8Array, message: string];

function check(cases: readonly Case[], read: (bytes: Uint8Array) => unknown): void {
  for (const [what, input, message] of cases)
    assert.equal(
      messageOf(() => read(typeof input === 'string' ? utf8(input) : input)),
      message,
      what,
    );
}

const missing = 'missing values are not supported, fill them in or leave the row out';
const header = 'a header row is not allowed, remove it';

test('A CSV file of another kind is called what it is', () => {
  const cases: Case[] = [
    ['a header', 'label,a,b\n0,1,2\n', `Row 1 of "train/a" is not numeric ("label,a,b"): ${header}`],
    [
      'a header of quoted names',
      '"label","a, b"\r\n0,1\r\n',
      `Row 1 of "train/a" is not numeric ("\\"label\\",\\"a, b\\""): ${header}`,
    ],
    [
      'a header of years',
      'label,2019,b,c\n0,1,2,3\n',
      `Row 1 of "train/a" is not numeric ("label,2019,b,c"): ${header}`,
    ],
    [
      'a header of years alone',
      'label,2019,2020,2021\n0,1,2,3\n',
      `Row 1 of "train/a" is not numeric ("label,2019,2020,2021"): ${header}`,
    ],
    [
      'a word among measurements',
      'spam,1.5,0.5,7\n0,1,2,3\n',
      'Row 1, column 1 of "train/a": the label "spam" is text, not a number: number the classes 0, 1, ... (the label stands in the first column)',
    ],
    ["pandas' index and header", ',0,1,2\n0,1,2,3\n', `Row 1 of "train/a" is not numeric (",0,1,2"): ${header}`],
    ['an index with names', ',y,x\n0,1,2\n', `Row 1 of "train/a" is not numeric (",y,x"): ${header}`],
    [
      'no header, but a first row that lacks a value',
      ',0,1,5\n0,1,2,3\n',
      'Row 1, column 1 of "train/a": the label is empty: give a label, or leave the row out',
    ],
    [
      'a text column',
      '842302,M,17.99\n842517,B,20.57\n',
      'Row 1, column 2 of "train/a": "M" is text, not a number: turn the column into numbers (0 and 1 for each value) or leave it out',
    ],
    [
      'a text label',
      'M,17.99\nB,20.57\n',
      'Row 1, column 1 of "train/a": the label "M" is text, not a number: number the classes 0, 1, ... (the label stands in the first column)',
    ],
    [
      'a text label that stands last',
      '5.1,3.5,Iris-setosa\n4.9,3.0,Iris-setosa\n',
      'Row 1, column 3 of "train/a": "Iris-setosa" is text, not a number: turn the column into numbers (0 and 1 for each value) or leave it out; if it is the label, number its classes 0, 1, ... and move it to the front',
    ],
    [
      'text only',
      'red,round\ngreen,long\n',
      'Row 1, column 1 of "train/a": the label "red" is text, not a number: number the classes 0, 1, ... (the label stands in the first column)',
    ],
    [
      'a boolean label',
      'true,1.5\nfalse,2\n',
      'Row 1, column 1 of "train/a": the label "true" is a boolean, not a number: write 1 or 0',
    ],
    ['a boolean', '0,1.5\n1,False\n', 'Row 2, column 2 of "train/a": "False" is a boolean, not a number: write 1 or 0'],
    [
      'blanks',
      '0 -1.224 0.378\n1 -0.513 -1.329\n',
      'Row 1 of "train/a" ("0 -1.224 0.378") has columns separated by blanks: columns must be separated by commas',
    ],
    [
      'semicolons',
      '0;1.5;2\n',
      'Row 1 of "train/a" ("0;1.5;2") has columns separated by semicolons: columns must be separated by commas',
    ],
    [
      'semicolons and decimal commas',
      '0;1,5;2,25\n',
      'Row 1 of "train/a" ("0;1,5;2,25") has columns separated by semicolons: columns must be separated by commas, and write decimals with a point',
    ],
    [
      'semicolons under a header',
      'label;a\n0;1\n',
      'Row 1 of "train/a" ("label;a") has columns separated by semicolons: columns must be separated by commas',
    ],
    [
      'tabs',
      '0\t1.5\n',
      'Row 1 of "train/a" ("0\\t1.5") has columns separated by tabs: columns must be separated by commas',
    ],
    [
      'lone carriage returns',
      '0,-1.224,0.378\r1,-0.513,-1.329\r',
      'Row 1 of "train/a" ends in a lone carriage return (CR): save the file with line feeds (LF or CRLF) as line ends',
    ],
    [
      'a decimal comma',
      '0,"1,5"\n',
      'Row 1, column 2 of "train/a": "1,5" is not a number: write decimals with a point, and nothing between thousands',
    ],
    [
      'thousands',
      '0,"1,234.5"\n',
      'Row 1, column 2 of "train/a": "1,234.5" is not a number: write decimals with a point, and nothing between thousands',
    ],
    ['a missing value', '0,NA\n', `Row 1, column 2 of "train/a": "NA" stands for a missing value: ${missing}`],
    ['nothing', '0,1\n1,""\n', `Row 2, column 2 of "train/a" is empty: ${missing}`],
    [
      'a date',
      '0,2024-02-29\n',
      'Row 1, column 2 of "train/a": "2024-02-29" is a date or a time, not a number: write it as a number, or leave the column out',
    ],
    ['a unit', '0,12 %\n', 'Row 1, column 2 of "train/a": "12 %" is not a number: write it without its unit'],
    ['single quotes', "0,'1'\n", `Row 1, column 2 of "train/a": "'1'" is not a number: quotes are ", or better none`],
    [
      'half a quote',
      '0,"1,2\n',
      'Row 1, column 2 of "train/a": "\\"1,2" is not a number: a quote (") has no other half',
    ],
    ['UTF-16', utf16('\ufeff0,1\n'), '"train/a" is not CSV text: it is UTF-16 text: save it as UTF-8'],
    [
      'UTF-16, the other way',
      utf16('\ufeff0,1\n', true),
      '"train/a" is not CSV text: it is UTF-16 text: save it as UTF-8',
    ],
    ['UTF-16 without a mark', utf16('0,1\n1,2\n'), '"train/a" is not CSV text: it is UTF-16 text: save it as UTF-8'],
    [
      'an Excel workbook',
      Uint8Array.of(0x50, 0x4b, 3, 4, 20, 0, 10),
      '"train/a" is not CSV text: it is a zip archive, as Excel workbooks are too: save its table as text',
    ],
    [
      'JSON',
      '{"label": 1, "features": [1]}\n',
      '"train/a" is not CSV text: row 1 is JSON; its content type is application/jsonlines, or application/json for requests',
    ],
    ['libsvm', '1 1:0.5 3:2\n', '"train/a" is not CSV text: row 1 is libsvm text; its content type is text/libsvm'],
    ['a page', '<html>\n', '"train/a" is not CSV text: row 1 is XML or HTML'],
    ['Weka', '@relation iris\n@attribute a numeric\n', '"train/a" is not CSV text: row 1 is ARFF'],
    ['a PDF', '%PDF-1.7\n1 0 obj\n', '"train/a" is not CSV text: it is a PDF document: save its table as text'],
    [
      'a comment',
      '# made by hand\n0,1\n',
      'Row 1 of "train/a" ("# made by hand") is a comment: text/csv has none, remove it',
    ],
    ['a comment below', '0,1\n%,1\n', 'Row 2 of "train/a" ("%,1") is a comment: text/csv has none, remove it'],
    [
      'what Excel calls missing',
      '#N/A,1\n',
      'Row 1, column 1 of "train/a": the label "#N/A" stands for a missing value: give a label, or leave the row out',
    ],
    [
      'a header alone',
      'label,a,b\r\n\r\n',
      '"train/a" has only a header row ("label,a,b"): give rows of numbers without it',
    ],
    [
      'a decimal that doubles round up to the end of single precision',
      '0,340282356779733661637539395458142568447\n',
      'Row 1, column 2 of "train/a": "340282356779733661637539395458142568447" is beyond the largest 32-bit number, 3.4028235e38',
    ],
  ];
  check(cases, (bytes) => decodeAll(csvDecoder({ labelCount: 1, source: 'train/a' }), bytes));
});

test('What only looks unusual is read', () => {
  for (const text of ['\ufeff0,1\n', '"0","1"\r\n', '0 , 1\n', '0,1\r', '0,1\n\ufeff1,2\n'])
    assert.equal(
      messageOf(() => decodeAll(csvDecoder({ labelCount: 1 }), utf8(text))),
      'read',
      JSON.stringify(text),
    );
});

test('A CSV request is told the same', () => {
  const cases: Case[] = [
    ['a header', 'a,b\n1,2\n', `Row 1 is not numeric ("a,b"): ${header}`],
    ['a row of text alone, which may be data', 'a,b\n', 'Row 1, column 1: "a" is not a number'],
    ['blanks', '1 2', 'Row 1 ("1 2") has columns separated by blanks: columns must be separated by commas'],
    [
      'lone carriage returns',
      '1,2\r3,4',
      'Row 1 ends in a lone carriage return (CR): save the file with line feeds (LF or CRLF) as line ends',
    ],
    ['a boolean', '1,true', 'Row 1, column 2: "true" is a boolean, not a number: write 1 or 0'],
    [
      'JSON',
      '{"instances": []}',
      'The request is not CSV text: row 1 is JSON; its content type is application/jsonlines, or application/json for requests',
    ],
    ['UTF-16', utf16('\ufeff1,2'), 'The request is not CSV text: it is UTF-16 text: save it as UTF-8'],
  ];
  check(cases, (bytes) => decodeAll(csvDecoder({ labelCount: 0 }), bytes));
});

test('JSON Lines with a wrong value or of another kind are called what they are', () => {
  const cases: Case[] = [
    [
      'a text label',
      '{"label": "M", "features": [1]}',
      'Row 1 of "train/a", the label: "M" is text, not a number: number the classes 0, 1, ...',
    ],
    ['a boolean label', '[true, 1]', 'Row 1 of "train/a", the label: true is a boolean, not a number: write 1 or 0'],
    [
      'a number in quotes',
      '[1, "2.5"]',
      'Row 1 of "train/a", feature 1: "2.5" is text, not a number: write it without quotes',
    ],
    ['null', '[1, null]', `Row 1 of "train/a", feature 1: null stands for a missing value: ${missing}`],
    [
      'NaN',
      '[1, NaN]',
      `Row 1 of "train/a" is not valid JSON: NaN is no number there; missing and infinite values are not supported, fill them in or leave the row out`,
    ],
    [
      'all rows in one list',
      '[[1, 2], [0, 3]]',
      'Row 1 of "train/a" is a list of rows: each row must be a line of its own',
    ],
    [
      'a value over several lines',
      '{\n"label": 1\n}',
      'Row 1 of "train/a" is not valid JSON: it ends in the middle; each line must be a whole value',
    ],
    ['Python', "{'label': 1}", 'Row 1 of "train/a" is not valid JSON: texts are quoted with ", not with \''],
    ['CSV', '1,2,3', 'Row 1 of "train/a" is not valid JSON: it is CSV, whose content type is text/csv'],
    [
      'lone carriage returns',
      '[1,2]\r[0,3]',
      'Row 1 of "train/a" is not valid JSON: lines end in a lone carriage return (CR): save it with line feeds (LF or CRLF)',
    ],
    ['UTF-16', utf16('\ufeff[1,2]\n'), '"train/a" is not JSON Lines: it is UTF-16 text: save it as UTF-8'],
    [
      'a number that is too large',
      '[1, 2, -1e400, "1e400"]',
      'Row 1 of "train/a", feature 2: -1e400 is beyond the largest 32-bit number, 3.4028235e38',
    ],
    [
      'a label that is too large',
      '{"a \\"1e500": 0, "features": [1], "label": 1E0400}',
      'Row 1 of "train/a", the label: 1E0400 is beyond the largest 32-bit number, 3.4028235e38',
    ],
  ];
  check(cases, (bytes) => drain(jsonLinesDecoder({ labelCount: 1, source: 'train/a' }), bytes));
});

test('JSON requests with a wrong value are told so', () => {
  check(
    [
      [
        'a boolean',
        '{"instances": [{"features": [true]}]}',
        'Instance 1, feature 1: true is a boolean, not a number: write 1 or 0',
      ],
      [
        'a number in quotes',
        '{"instances": [["1"]]}',
        'Instance 1, feature 1: "1" is text, not a number: write it without quotes',
      ],
      [
        'NaN',
        '{"instances": [[NaN]]}',
        'The request is not valid JSON: NaN is no number there; missing and infinite values are not supported, fill them in or leave the row out',
      ],
      [
        'a number that is too large',
        '{"instances": [{"features": [1e38, 1.50e39]}]}',
        'Instance 1, feature 2: 1.50e39 is beyond the largest 32-bit number, 3.4028235e38',
      ],
    ],
    (bytes) => parseJsonInstances(bytes),
  );
  check([['CSV', '1,2', 'Line 1 is not valid JSON: it is CSV, whose content type is text/csv']], (bytes) =>
    parseJsonLines(bytes),
  );
});

test('Libsvm text with a wrong value or of another kind is called what it is', () => {
  const cases: Case[] = [
    [
      'a text label',
      'spam 1:2',
      'Row 1, column 1 of "train/a": the label "spam" is text, not a number: number the classes 0, 1, ...',
    ],
    [
      'a boolean label',
      'true 1:2',
      'Row 1, column 1 of "train/a": the label "true" is a boolean, not a number: write 1 or 0',
    ],
    [
      'a missing value',
      '1 1:2 2:NA',
      `Row 1, column 3 of "train/a": the value "NA" stands for a missing value: ${missing}`,
    ],
    [
      'lone carriage returns',
      '1 1:2\r0 1:3\r',
      'Row 1 of "train/a" ends in a lone carriage return (CR): save the file with line feeds (LF or CRLF) as line ends',
    ],
    ['commas', '1 1:2,2:3', 'Row 1, column 2 of "train/a": "1:2,2:3" is more than one pair: separate pairs by blanks'],
    ['CSV', '1,2,3', 'Row 1, column 1 of "train/a": "1,2,3" is CSV; its content type is text/csv'],
    ['UTF-16', utf16('1 1:2\n1 1:2\n'), '"train/a" is not libsvm text: it is UTF-16 text: save it as UTF-8'],
  ];
  check(cases, (bytes) => drain(libsvmDecoder({ labelCount: 1, source: 'train/a', indexBase: 1 }), bytes));
});
