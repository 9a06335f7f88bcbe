import type { Json, JsonObject } from '../../../../base/index.ts';
import type { Shape } from '../../../../gateway/index.ts';
import { isExpression, isObject } from './expressions.ts';
import type { PathStep } from './paths.ts';
import { type Problems, shown } from './problems.ts';

/*
 * The arguments of a step are the input of an operation, in JSON. They are checked when the pipeline is made, as far as
 * expressions allow, and whole when the step runs. A value that came out of an expression may be a text where the operation
 * wants a number, and the other way round.
 */

/** Reports what no value of the expressions can make right. `filled`: members that the pipeline gives where they are absent. */
export function checkArguments(
  shape: Shape,
  value: JsonObject,
  place: string,
  problems: Problems,
  filled: readonly string[],
): void {
  checkStructure(shape, value, place, problems, filled);
}

function checkStructure(
  shape: Shape,
  value: JsonObject,
  place: string,
  problems: Problems,
  filled: readonly string[] = [],
): void {
  for (const name of Object.keys(value))
    if (!shape.members.some((member) => member.name === name)) problems.add(place, `There is no member "${name}"`);
  for (const member of shape.members) {
    const given = value[member.name];
    if (given !== undefined && given !== null) check(member.shape, given, `${place}.${member.name}`, problems);
    else if (member.required && !filled.includes(member.name)) problems.add(place, `${member.name} is missing`);
  }
}

function check(shape: Shape, value: Json, place: string, problems: Problems): void {
  if (value === null || isExpression(value)) return;
  switch (shape.type) {
    case 'structure':
      if (isObject(value)) checkStructure(shape, value, place, problems);
      else problems.add(place, `must be an object; it is ${shown(value)}`);
      return;
    case 'list':
      if (Array.isArray(value))
        for (const [index, item] of value.entries()) check(shape.item!.shape, item, `${place}[${index}]`, problems);
      else problems.add(place, `must be a list; it is ${shown(value)}`);
      return;
    case 'map':
      if (isObject(value))
        for (const [key, item] of Object.entries(value))
          check(shape.item!.shape, item ?? null, `${place}.${key}`, problems);
      else problems.add(place, `must be an object; it is ${shown(value)}`);
      return;
    default: {
      const wanted = wantedOf(shape, scalarFor(shape, value));
      if (wanted !== undefined) problems.add(place, `must be ${wanted}; it is ${shown(value)}`);
    }
  }
}

/** What a scalar must be; undefined where it is that. */
function wantedOf({ type }: Shape, value: Json): string | undefined {
  if (type === 'boolean') return typeof value === 'boolean' ? undefined : 'true or false';
  if (type === 'integer' || type === 'long')
    return typeof value === 'number' && Number.isInteger(value) ? undefined : 'a whole number';
  if (type === 'float' || type === 'double') return typeof value === 'number' ? undefined : 'a number';
  if (type === 'timestamp') return typeof value === 'string' || typeof value === 'number' ? undefined : 'a time';
  return typeof value === 'string' ? undefined : 'a text';
}

/** A value without expressions in the types of a shape, as far as that is only a matter of writing it. Absent members are left out. */
export function fitted(shape: Shape, value: Json): Json {
  if (isObject(value)) {
    const shapes = new Map(shape.members.map((member) => [member.name, member.shape]));
    const entries = Object.entries(value).flatMap(([name, one]): [string, Json][] => {
      if (one === undefined || one === null) return [];
      const inner = shape.type === 'map' ? shape.item?.shape : shapes.get(name);
      return [[name, inner === undefined ? one : fitted(inner, one)]];
    });
    return Object.fromEntries(entries);
  }
  if (Array.isArray(value)) {
    const item = shape.type === 'list' ? shape.item?.shape : undefined;
    return item === undefined ? value : value.map((one) => fitted(item, one));
  }
  return scalarFor(shape, value);
}

function scalarFor({ type }: Shape, value: Json): Json {
  if (type === 'string' && (typeof value === 'number' || typeof value === 'boolean')) return String(value);
  if (typeof value !== 'string') return value;
  if (type === 'boolean') return { true: true, false: false }[value.toLowerCase()] ?? value;
  const isNumber = type === 'integer' || type === 'long' || type === 'float' || type === 'double';
  return isNumber && value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : value;
}

/** Whether a path leads to a value in some document of a shape. */
export function leads(shape: Shape, path: readonly PathStep[]): boolean {
  const [step, ...rest] = path;
  if (step === undefined) return true;
  if (shape.type === 'structure') {
    const member = shape.members.find(({ name }) => name === step);
    return member !== undefined && leads(member.shape, rest);
  }
  return shape.item !== undefined && leads(shape.item.shape, rest);
}
