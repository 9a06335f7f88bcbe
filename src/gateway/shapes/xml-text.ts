import { setImmediate } from 'node:timers/promises';
import { SaxesParser } from 'saxes';
import { ServiceError } from '../../base/index.ts';

export interface XmlElement {
  name: string;
  text: string;
  children: XmlElement[];
}

/** More than the largest S3 request has: 10 000 parts, each with its number, ETag and all checksums. */
const elementsMax = 120_000;
const depthMax = 64;
/** Characters of one element's text: sixteen times the longest key. */
const textMax = 16_384;
/** Characters between two tags: each character of the text may be a reference such as `&#x1F600;`. */
const betweenTagsMax = 12 * textMax;
/** Other requests have their turn after so many characters: about 2 ms of parsing, 10 ms when they are all tags. */
const sliceLength = 16_384;

/**
 * The root element of a document. Rejects with MalformedXML (400) for anything that is not well-formed, declares a DTD
 * or is beyond a limit. A long document is parsed in slices, so that other requests are answered meanwhile.
 */
export async function parseXml(bytes: Buffer): Promise<XmlElement> {
  const text = decodeUtf8(bytes);
  const document = openDocument();
  for (let at = 0; at < text.length; at += sliceLength) {
    document.write(text.slice(at, at + sliceLength));
    if (text.length > sliceLength) await setImmediate();
  }
  return document.end();
}

function openDocument(): { write(slice: string): void; end(): XmlElement } {
  // Version 1.1, whatever a document says: 1.0 has no way to write the control characters that keys may hold.
  const parser = new SaxesParser({ forceXMLVersion: true, defaultXMLVersion: '1.1' });
  const root: XmlElement = { name: '', text: '', children: [] };
  const open: XmlElement[] = [root];
  let count = 0;
  let lastTagAt = 0;
  const addText = (text: string): void => {
    const element = open.at(-1)!;
    element.text += text;
    if (element.text.length > textMax) throw malformedXml(`<${element.name}> has more than ${textMax} characters`);
  };
  parser.on('error', (error) => {
    // Clients send control characters as they are, too.
    if (!error.message.endsWith(': disallowed character.')) throw malformedXml(error.message);
  });
  parser.on('doctype', () => {
    throw malformedXml('a document type is not accepted');
  });
  parser.on('opentag', ({ name: qualified }) => {
    lastTagAt = parser.position;
    count += 1;
    if (count > elementsMax) throw malformedXml(`it has more than ${elementsMax} elements`);
    if (open.length > depthMax) throw malformedXml(`its elements are nested more than ${depthMax} deep`);
    const element = { name: qualified.slice(qualified.indexOf(':') + 1), text: '', children: [] };
    open.at(-1)!.children.push(element);
    open.push(element);
  });
  parser.on('closetag', () => {
    lastTagAt = parser.position;
    open.pop();
  });
  parser.on('text', addText);
  parser.on('cdata', addText);
  return {
    write(slice) {
      // Characters that 1.1 would read as line ends are kept.
      parser.write(slice.replace(/[\u0085\u2028]/g, (letter) => `&#${letter.charCodeAt(0)};`));
      if (parser.position - lastTagAt > betweenTagsMax)
        throw malformedXml(`there are more than ${betweenTagsMax} characters between two tags`);
    },
    end() {
      parser.close();
      return root.children[0]!;
    },
  };
}

function decodeUtf8(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw malformedXml('it is not UTF-8');
  }
}

export const malformedXml = (problem?: string): ServiceError =>
  new ServiceError(
    'MalformedXML',
    `The XML you provided was not well-formed or did not validate against our published schema${problem === undefined ? '' : `: ${problem}`}`,
    { status: 400 },
  );

/** No XML has a way to write NUL. */
const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\0': '\ufffd',
};

// Control characters are written as references: a bare \r would be read back as \n.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const unsafe = /[&<>"\u0000-\u0008\u000b-\u001f\u0085\u2028\ufffe\uffff]/g;

/** Text for an element's content or an attribute. */
export const escapeXml = (text: string): string =>
  text.replace(unsafe, (letter) => escapes[letter] ?? `&#x${letter.charCodeAt(0).toString(16).toUpperCase()};`);

/**
 * Text for a person to read, such as an error's. Clients read XML 1.0, which has no control characters, and would see no error at all
 * for the sake of one in its message.
 */
export const escapeXmlMessage = (text: string): string => escapeXml(text.replace(control, '\ufffd'));
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu;
