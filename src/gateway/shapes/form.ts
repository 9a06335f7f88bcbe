import { ServiceError } from '../../base/index.ts';
import type { Member, Shape } from '../model/service-model.ts';
import { setOwn } from './json.ts';
import { parseText } from './xml.ts';

/** PutMetricData of an older SDK has some ten for each of a thousand metrics. */
const parametersMax = 20_000;
const depthMax = 32;

export type Form = ReadonlyMap<string, string>;

/** The parameters of a form body. Throws MalformedQueryString (400). */
export function parseForm(body: Buffer): Form {
  const form = new Map<string, string>();
  if (body.length === 0) return form;
  const parts = withSpaces(body).split('&', parametersMax + 1);
  if (parts.length > parametersMax) throw malformed(`it has more than ${parametersMax} parameters`);
  for (const part of parts) {
    const equals = part.indexOf('=');
    const name = decode(equals < 0 ? part : part.slice(0, equals));
    if (name !== '') form.set(name, equals < 0 ? '' : decode(part.slice(equals + 1)));
  }
  return form;
}

/** A plus stands for a space. Replaced in the text, a megabyte of them takes half a second. */
function withSpaces(body: Buffer): string {
  const bytes = Buffer.from(body);
  for (let at = 0; at < bytes.length; at++) if (bytes[at] === 0x2b) bytes[at] = 0x20;
  return bytes.toString('utf8');
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw malformed('an escape in it is broken');
  }
}

const malformed = (problem: string): ServiceError =>
  new ServiceError('MalformedQueryString', `The query string contains a syntax error: ${problem}`, { status: 400 });

/** Input of a Query operation: `Tags.member.1.Key=a` becomes { Tags: [{ Key: 'a' }] }. Throws MalformedInput (400). */
export function readForm(shape: Shape, form: Form, prefix = '', depth = 0): Record<string, unknown> {
  if (depth > depthMax) throw malformed(`its names have more than ${depthMax} parts`);
  const result: Record<string, unknown> = {};
  for (const member of shape.members) {
    const value = readValue(member, form, `${prefix}${member.wireName}`, depth);
    if (value !== undefined) result[member.name] = value;
  }
  return result;
}

function readValue(member: Member, form: Form, name: string, depth: number): unknown {
  const { shape } = member;
  if (shape.type === 'structure')
    return hasBelow(form, name) ? readForm(shape, form, `${name}.`, depth + 1) : undefined;
  if (shape.type === 'list') {
    if (form.get(name) === '') return [];
    const item = shape.item!;
    const base = member.flattened ? name : `${name}.${item.renamed ? item.wireName : 'member'}`;
    return readNumbered(base, (at) => readValue(item, form, at, depth + 1));
  }
  if (shape.type === 'map') {
    const entries = readNumbered(member.flattened ? name : `${name}.entry`, (at) => {
      const key = form.get(`${at}.${shape.key!.wireName}`);
      return key === undefined
        ? undefined
        : { key, value: readValue(shape.item!, form, `${at}.${shape.item!.wireName}`, depth + 1) };
    });
    if (entries === undefined) return undefined;
    const result: Record<string, unknown> = {};
    for (const { key, value } of entries) setOwn(result, key, value);
    return result;
  }
  const text = form.get(name);
  if (text === undefined) return undefined;
  const value = parseText(shape, text);
  if (value === undefined)
    throw new ServiceError('MalformedInput', `${name} is '${text}'; it must be of type ${shape.type}`, { status: 400 });
  return value;
}

function readNumbered<Value>(base: string, read: (name: string) => Value | undefined): Value[] | undefined {
  const values: Value[] = [];
  for (;;) {
    const value = read(`${base}.${values.length + 1}`);
    if (value === undefined) return values.length === 0 ? undefined : values;
    values.push(value);
  }
}

function hasBelow(form: Form, name: string): boolean {
  for (const key of form.keys()) if (key.startsWith(`${name}.`)) return true;
  return false;
}
