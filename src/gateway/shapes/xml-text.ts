import { XMLParser } from 'fast-xml-parser';
import { ServiceError } from '../../base/index.ts';

export interface XmlElement {
  name: string;
  text: string;
  children: XmlElement[];
}

/** Elements of a document: more than the largest S3 request has (10 000 parts with a handful of members each). */
const elementsMax = 200_000;

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  removeNSPrefix: true,
  parseTagValue: false,
  trimValues: false,
  // Entities are decoded below: the five of XML and character references, nothing a document could define.
  processEntities: false,
  cdataPropName: '#cdata',
});

/** The root element of a document. Throws MalformedXML (400) for anything that is not well-formed or declares a DTD. */
export function parseXml(bytes: Buffer): XmlElement {
  const text = decodeUtf8(bytes).replace(/^\ufeff/, '');
  if (text.includes('<!DOCTYPE') || text.includes('<!ENTITY')) throw malformedXml();
  let tree: unknown;
  try {
    tree = parser.parse(text, true);
  } catch {
    throw malformedXml();
  }
  const count = { left: elementsMax };
  const roots = (Array.isArray(tree) ? tree : []).filter(
    (node) => typeof node === 'object' && node !== null && !('#text' in node),
  );
  if (roots.length !== 1) throw malformedXml();
  return readElement(roots[0] as Record<string, unknown>, count);
}

function readElement(node: Record<string, unknown>, count: { left: number }): XmlElement {
  if (--count.left < 0) throw malformedXml();
  const name = Object.keys(node).find((key) => key !== ':@') ?? '';
  const element: XmlElement = { name, text: '', children: [] };
  for (const child of (node[name] as Record<string, unknown>[] | undefined) ?? []) {
    if ('#text' in child) element.text += decodeEntities(String(child['#text']));
    else if ('#cdata' in child)
      element.text += (child['#cdata'] as Record<string, unknown>[]).map((part) => String(part['#text'])).join('');
    else element.children.push(readElement(child, count));
  }
  return element;
}

function decodeUtf8(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw malformedXml();
  }
}

const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&([^;&]{0,12})(;?)/g, (_, entity: string, end: string) => {
    if (end === '') throw malformedXml();
    const known = named[entity];
    if (known !== undefined) return known;
    const match = /^#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}))$/.exec(entity);
    if (match === null) throw malformedXml();
    const code = match[1] === undefined ? Number(match[2]) : Number.parseInt(match[1], 16);
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) throw malformedXml();
    return String.fromCodePoint(code);
  });
}

export const malformedXml = (): ServiceError =>
  new ServiceError(
    'MalformedXML',
    'The XML you provided was not well-formed or did not validate against our published schema',
    { status: 400 },
  );

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

// Control characters are written as references: a bare \r would be read back as \n.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const unsafe = /[&<>"\u0000-\u0008\u000b-\u001f\u0085\u2028\ufffe\uffff]/g;

/** Text for an element's content or an attribute. */
export const escapeXml = (text: string): string =>
  text.replace(unsafe, (letter) => escapes[letter] ?? `&#x${letter.charCodeAt(0).toString(16).toUpperCase()};`);
