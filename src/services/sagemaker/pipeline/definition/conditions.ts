import type { Json } from '../../../../base/index.ts';
import { invalid } from '../../resource.ts';
import { isObject } from './expressions.ts';
import { type Problems, shown } from './problems.ts';

/** A condition of a Condition step; values may be expressions. */
export type Condition =
  | { type: Comparison; left: Json; right: Json }
  | { type: 'In'; value: Json; among: readonly Json[] }
  | { type: 'Not'; condition: Condition }
  | { type: 'Or'; conditions: readonly Condition[] };

const comparisons = {
  Equals: (order) => order === 0,
  GreaterThan: (order) => order > 0,
  GreaterThanOrEqualTo: (order) => order >= 0,
  LessThan: (order) => order < 0,
  LessThanOrEqualTo: (order) => order <= 0,
} as const satisfies Readonly<Record<string, (order: number) => boolean>>;
type Comparison = keyof typeof comparisons;
const isComparison = (type: unknown): type is Comparison =>
  typeof type === 'string' && Object.hasOwn(comparisons, type);

const typesText = [...Object.keys(comparisons), 'In', 'Not', 'Or'].join(', ');

/** Reports what is wrong, and answers undefined then. */
export function parseCondition(value: Json | undefined, place: string, problems: Problems): Condition | undefined {
  const fail = (text: string): undefined => problems.add(place, text) as undefined;
  if (!isObject(value)) return fail(`A condition must be an object; it is ${shown(value)}`);
  const { Type: type } = value;
  if (isComparison(type)) {
    const { LeftValue: left, RightValue: right } = value;
    if (left === undefined || left === null) return fail(`${type} needs a LeftValue`);
    if (right === undefined || right === null) return fail(`${type} needs a RightValue`);
    return { type, left, right };
  }
  if (type === 'In') {
    const { QueryValue: query, Values: among } = value;
    if (query === undefined || query === null) return fail('In needs a QueryValue');
    return Array.isArray(among) ? { type, value: query, among } : fail('In needs a list of Values');
  }
  if (type === 'Not') {
    const condition = parseCondition(value.Condition ?? value.Expression, `${place}.Condition`, problems);
    return condition && { type, condition };
  }
  if (type !== 'Or') return fail(`${shown(type)} is no type of condition; there are ${typesText}`);
  if (!Array.isArray(value.Conditions)) return fail('Or needs a list of Conditions');
  const conditions = value.Conditions.map((one, at) => parseCondition(one, `${place}.Conditions[${at}]`, problems));
  return conditions.every((one) => one !== undefined) ? { type, conditions } : undefined;
}

/** Whether a condition holds. Throws a ValidationException for values that cannot be compared. */
export async function holds(condition: Condition, resolve: (value: Json) => Promise<Json>): Promise<boolean> {
  switch (condition.type) {
    case 'Not':
      return !(await holds(condition.condition, resolve));
    case 'Or':
      for (const one of condition.conditions) if (await holds(one, resolve)) return true;
      return false;
    case 'In': {
      const value = await resolve(condition.value);
      for (const one of condition.among) if (isSame(value, await resolve(one))) return true;
      return false;
    }
    default: {
      const left = await resolve(condition.left);
      const right = await resolve(condition.right);
      if (condition.type === 'Equals') return isSame(left, right);
      return comparisons[condition.type](orderOf(left, right, condition.type));
    }
  }
}

/** A text that is a number is one where the other side is a number: parameters of jobs are texts. */
function isSame(left: Json, right: Json): boolean {
  if (typeof left === typeof right) return JSON.stringify(left) === JSON.stringify(right);
  const [one, other] = [numberOf(left), numberOf(right)];
  if (one !== undefined && other !== undefined) return one === other;
  return String(left).toLowerCase() === String(right).toLowerCase();
}

function orderOf(left: Json, right: Json, type: string): number {
  const [one, other] = [numberOf(left), numberOf(right)];
  if (one !== undefined && other !== undefined) return one - other;
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : Number(left > right);
  throw invalid(`${type} cannot compare ${shown(left)} with ${shown(right)}; both must be numbers, or both texts`);
}

function numberOf(value: Json): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : undefined;
}

/** All values of a condition, for the check of their expressions. */
export function* valuesOf(condition: Condition): Generator<Json> {
  if (condition.type === 'Not') yield* valuesOf(condition.condition);
  else if (condition.type === 'Or') for (const one of condition.conditions) yield* valuesOf(one);
  else if (condition.type === 'In') yield* [condition.value, ...condition.among];
  else yield* [condition.left, condition.right];
}
