import type { Member, Shape, TimestampFormat, XmlNamespace } from '../model/service-model.ts';
import { setOwn } from './json.ts';
import { readTimestamp, writeTimestamp } from './timestamp.ts';
import { escapeXml, malformedXml, type XmlElement } from './xml-text.ts';

const depthMax = 64;

/** Members of an element as the model types them. Unknown elements are ignored. Throws MalformedXML (400). */
export function readXml(shape: Shape, element: XmlElement, depth = 0): unknown {
  if (depth > depthMax) throw malformedXml();
  if (shape.type === 'structure') {
    const result: Record<string, unknown> = {};
    for (const member of shape.members) {
      if (member.location !== undefined) continue;
      const value = readMember(member, element, depth);
      if (value !== undefined) result[member.name] = value;
    }
    return result;
  }
  if (shape.type === 'list') return element.children.map((child) => readXml(shape.item!.shape, child, depth + 1));
  if (shape.type === 'map') return readEntries(shape, element.children, depth);
  if (element.children.length > 0) throw malformedXml();
  return readText(shape, element.text);
}

function readMember(member: Member, parent: XmlElement, depth: number): unknown {
  const { shape } = member;
  const found = parent.children.filter(({ name }) => name === elementName(member));
  if (found.length === 0) return undefined;
  if (member.flattened && shape.type === 'list')
    return found.map((child) => readXml(shape.item!.shape, child, depth + 1));
  if (member.flattened && shape.type === 'map') return readEntries(shape, found, depth);
  return readXml(shape, found[0]!, depth + 1);
}

function readEntries(shape: Shape, entries: readonly XmlElement[], depth: number): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const entry of entries) {
    const key = entry.children.find(({ name }) => name === shape.key!.wireName);
    const value = entry.children.find(({ name }) => name === shape.item!.wireName);
    if (key === undefined || value === undefined) throw malformedXml();
    setOwn(result, key.text, readXml(shape.item!.shape, value, depth + 1));
  }
  return result;
}

function readText(shape: Shape, text: string): unknown {
  const value = parseText(shape, text);
  if (value === undefined) throw malformedXml();
  return value;
}

/** A scalar from its text, in XML, a header, a path or a form; undefined when it is none of the shape's type. */
export function parseText(shape: Shape, text: string): unknown {
  switch (shape.type) {
    case 'string':
      return text;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case 'integer':
    case 'long':
      return /^[+-]?\d{1,19}$/.test(text.trim()) ? Number(text) : undefined;
    case 'float':
    case 'double':
      return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text.trim()) ? Number(text) : undefined;
    case 'timestamp':
      return readTimestamp(text.trim());
    case 'blob':
      return /^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(text) ? Buffer.from(text, 'base64') : undefined;
    default:
      return undefined;
  }
}

/** A structure's members as elements, without an element around them; members bound to headers are left out. */
export function writeStructure(shape: Shape, source: Record<string, unknown>): string {
  let text = '';
  for (const member of shape.members) {
    const value = source[member.name];
    if (value !== undefined && value !== null && member.location === undefined) text += writeMember(member, value);
  }
  return text;
}

/** One element with a value of the shape inside. */
export function writeElement(
  name: string,
  shape: Shape,
  value: unknown,
  options: { namespace?: XmlNamespace | undefined; format?: TimestampFormat | undefined } = {},
): string {
  const { namespace } = options;
  const declaration =
    namespace === undefined
      ? ''
      : ` xmlns${namespace.prefix === undefined ? '' : `:${namespace.prefix}`}="${escapeXml(namespace.uri)}"`;
  return `<${name}${declaration}>${writeContent(shape, value, options.format)}</${name}>`;
}

function writeMember(member: Member, value: unknown): string {
  const { shape } = member;
  const name = elementName(member);
  if (shape.type === 'list' && member.flattened) {
    return (value as readonly unknown[]).map((entry) => writeElement(name, shape.item!.shape, entry)).join('');
  }
  if (shape.type === 'map' && member.flattened) return writeEntries(name, shape, value as Record<string, unknown>);
  return writeElement(name, shape, value, { namespace: member.xmlNamespace, format: member.timestampFormat });
}

function writeContent(shape: Shape, value: unknown, format: TimestampFormat | undefined): string {
  switch (shape.type) {
    case 'structure':
      return writeStructure(shape, value as Record<string, unknown>);
    case 'list': {
      const item = shape.item!;
      return (value as readonly unknown[])
        .map((entry) => writeElement(item.renamed ? item.wireName : 'member', item.shape, entry))
        .join('');
    }
    case 'map':
      return writeEntries('entry', shape, value as Record<string, unknown>);
    default:
      return escapeXml(writeText(shape, value, format ?? 'iso8601'));
  }
}

function writeEntries(name: string, shape: Shape, value: Record<string, unknown>): string {
  const key = shape.key!;
  const item = shape.item!;
  return Object.entries(value)
    .map(
      ([entryKey, entry]) =>
        `<${name}>${writeElement(key.wireName, key.shape, entryKey)}${writeElement(item.wireName, item.shape, entry)}</${name}>`,
    )
    .join('');
}

/** A scalar as text, for an element or a header. */
export function writeText(shape: Shape, value: unknown, format: TimestampFormat): string {
  if (value instanceof Date) return String(writeTimestamp(value, shape.timestampFormat ?? format));
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  return String(value);
}

/** A flattened list is named by its member, or by its items when only they have a name. */
function elementName(member: Member): string {
  const item = member.shape.item;
  return member.flattened && !member.renamed && item?.renamed && member.shape.type === 'list'
    ? item.wireName
    : member.wireName;
}
