import type { Member, Shape, TimestampFormat, XmlNamespace } from '../model/service-model.ts';
import { setOwn } from './json.ts';
import { readTimestamp, writeTimestamp } from './timestamp.ts';
import { escapeXml, malformedXml, type XmlElement } from './xml-text.ts';

const depthMax = 64;

/** Items of one list: the longest of S3's are the parts of an upload. */
const itemsMax = 10_000;

/** Members of an element as the model types them. Unknown elements are ignored. Throws MalformedXML (400). */
export function readXml(shape: Shape, element: XmlElement, depth = 0): unknown {
  if (depth > depthMax) throw malformedXml(`its elements are nested more than ${depthMax} deep`);
  if (shape.type === 'structure') return readStructure(shape, element, depth);
  if (shape.type === 'list') return readItems(shape, element.name, element.children, depth);
  if (shape.type === 'map') return readEntries(shape, element.children, depth);
  if (element.children.length > 0) throw malformedXml(`<${element.name}> has elements in it; it must be text`);
  return readText(shape, element);
}

function readStructure(shape: Shape, element: XmlElement, depth: number): Record<string, unknown> {
  const members = membersOf(shape);
  const flattened = new Map<Member, XmlElement[]>();
  const result: Record<string, unknown> = {};
  for (const child of element.children) {
    const member = members.get(child.name);
    if (member === undefined) continue;
    if (member.flattened && (member.shape.type === 'list' || member.shape.type === 'map')) {
      const found = flattened.get(member);
      if (found === undefined) flattened.set(member, [child]);
      else found.push(child);
    } else if (result[member.name] === undefined) result[member.name] = readXml(member.shape, child, depth + 1);
  }
  for (const [{ name, shape: inner }, found] of flattened)
    result[name] =
      inner.type === 'list' ? readItems(inner, found[0]!.name, found, depth) : readEntries(inner, found, depth);
  return result;
}

const byElement = new WeakMap<Shape, ReadonlyMap<string, Member>>();

/** The members of a structure by the names of their elements. */
function membersOf(shape: Shape): ReadonlyMap<string, Member> {
  let members = byElement.get(shape);
  if (members === undefined) {
    const inBody = shape.members.filter(({ location }) => location === undefined);
    members = new Map(inBody.map((member) => [elementName(member), member]));
    byElement.set(shape, members);
  }
  return members;
}

function readItems(shape: Shape, name: string, items: readonly XmlElement[], depth: number): unknown[] {
  if (items.length > itemsMax)
    throw malformedXml(`<${name}> has ${items.length} items; at most ${itemsMax} are accepted`);
  return items.map((item) => readXml(shape.item!.shape, item, depth + 1));
}

function readEntries(shape: Shape, entries: readonly XmlElement[], depth: number): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const entry of entries) {
    const key = entry.children.find(({ name }) => name === shape.key!.wireName);
    const value = entry.children.find(({ name }) => name === shape.item!.wireName);
    if (key === undefined || value === undefined) throw malformedXml(`<${entry.name}> must have a key and a value`);
    setOwn(result, key.text, readXml(shape.item!.shape, value, depth + 1));
  }
  return result;
}

function readText(shape: Shape, { name, text }: XmlElement): unknown {
  const value = parseText(shape, text);
  if (value === undefined) throw malformedXml(`<${name}> is "${text.slice(0, 64)}"; it must be of type ${shape.type}`);
  return value;
}

/** A scalar from its text, in XML, a header, a path or a form; undefined when the text is not of the shape's type. */
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
    if (value === undefined || value === null || member.location !== undefined || member.xmlAttribute) continue;
    text += writeMember(member, value);
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
  return `<${name}${declaration}${writeAttributes(shape, value)}>${writeContent(shape, value, options.format)}</${name}>`;
}

/** The members of a structure that are attributes of its element, such as the xsi:type of a grantee. */
function writeAttributes(shape: Shape, value: unknown): string {
  if (shape.type !== 'structure') return '';
  return shape.members
    .filter(({ name, xmlAttribute }) => xmlAttribute && (value as Record<string, unknown>)[name] !== undefined)
    .map(({ name, wireName }) => ` ${wireName}="${escapeXml(String((value as Record<string, unknown>)[name]))}"`)
    .join('');
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
