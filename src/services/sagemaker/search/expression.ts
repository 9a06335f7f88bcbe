import type { Filter, NestedFilters, SearchExpression } from '@aws-sdk/client-sagemaker';
import type { Shape } from '../../../gateway/index.ts';
import { invalid } from '../resource.ts';
import { type Property, type PropertyType, propertyOf } from './property.ts';

/** Whether a document satisfies a condition. */
export type Condition = (document: object) => boolean;

/** Filters, nested filters and expressions in one request. Source: AWS API reference, Search. */
const conditionsMax = 50;

/** The condition that an expression is, for documents of a shape. Throws for properties that the shape does not have. */
export function conditionOf(shape: Shape, expression: SearchExpression): Condition {
  const count = countIn(expression);
  if (count > conditionsMax)
    throw invalid(`The SearchExpression has ${count} conditions; at most ${conditionsMax} are allowed`);
  return ofExpression(shape, expression);
}

function ofExpression(
  shape: Shape,
  { Filters = [], NestedFilters = [], SubExpressions = [], Operator }: SearchExpression,
) {
  const conditions = [
    ...Filters.map((filter) => ofFilter(shape, filter)),
    ...NestedFilters.map((nested) => ofNested(shape, nested)),
    ...SubExpressions.map((inner): Condition => ofExpression(shape, inner)),
  ];
  if (conditions.length === 0)
    throw invalid('A SearchExpression must have at least one of Filters, NestedFilters and SubExpressions');
  return Operator === 'Or'
    ? (document: object) => conditions.some((holds) => holds(document))
    : (document: object) => conditions.every((holds) => holds(document));
}

function countIn({ Filters = [], NestedFilters = [], SubExpressions = [] }: SearchExpression): number {
  const nested = NestedFilters.reduce((sum, one) => sum + 1 + (one.Filters?.length ?? 0), 0);
  return Filters.length + nested + SubExpressions.reduce((sum, one) => sum + 1 + countIn(one), 0);
}

/** One and the same item of the list must satisfy all filters; they name its members with the list's name before them. */
function ofNested(shape: Shape, { NestedPropertyName = '', Filters = [] }: NestedFilters): Condition {
  const list = shape.members.find(({ name }) => name.toLowerCase() === NestedPropertyName.toLowerCase());
  const item = list?.shape.item?.shape;
  if (list === undefined || list.shape.type !== 'list' || item === undefined)
    throw invalid(`The NestedPropertyName ${NestedPropertyName} is no list of ${shape.name}`);
  const prefix = `${NestedPropertyName}.`.toLowerCase();
  const conditions = Filters.map((filter) => {
    const { Name = '' } = filter;
    if (!Name.toLowerCase().startsWith(prefix))
      throw invalid(`The nested filter ${Name} must begin with ${NestedPropertyName}.`);
    return ofFilter(item, { ...filter, Name: Name.slice(prefix.length) }, Name);
  });
  return (document) => {
    const items = (document as Record<string, unknown>)[list.name];
    return Array.isArray(items) && items.some((one: object) => conditions.every((holds) => holds(one)));
  };
}

function ofFilter(shape: Shape, { Name = '', Operator, Value }: Filter, shown: string = Name): Condition {
  const property = propertyOf(shape, Name);
  if (property === undefined) throw invalid(`Unknown property name: ${shown}`);
  const operator = Operator ?? (Value === undefined ? 'Exists' : 'Equals');
  if (operator === 'Exists' || operator === 'NotExists') {
    if (Value !== undefined) throw invalid(`Operator ${operator} of property ${shown} takes no Value`);
    return (document) => property.valuesIn(document).length > 0 === (operator === 'Exists');
  }
  if (Value === undefined) throw invalid(`Operator ${operator} of property ${shown} needs a Value`);
  const test = testOf(property, operator, Value, shown);
  // A document without the property does not have the value.
  return operator === 'NotEquals'
    ? (document) => !property.valuesIn(document).some(test)
    : (document) => property.valuesIn(document).some(test);
}

const orders = {
  GreaterThan: (order: number) => order > 0,
  GreaterThanOrEqualTo: (order: number) => order >= 0,
  LessThan: (order: number) => order < 0,
  LessThanOrEqualTo: (order: number) => order <= 0,
} as const;

type Test = (actual: unknown) => boolean;

function testOf(property: Property, operator: string, value: string, name: string): Test {
  const { type, free } = property;
  const isText = type === 'text' || type === 'any';
  if (operator === 'Contains' || operator === 'In') {
    if (!isText) throw invalid(`Operator ${operator} is for text; property ${name} is a ${words[type]}`);
    if (operator === 'Contains') return (actual) => String(actual).includes(value);
    const some = value.split(',').map((one) => one.trim());
    return (actual) => some.includes(String(actual));
  }
  const wanted = readValue(type, value, name);
  if (operator === 'Equals' || operator === 'NotEquals')
    return (actual) => orderOf(actual, wanted, free) === 0 || (isText && String(actual) === value);
  if (!Object.hasOwn(orders, operator)) throw invalid(`Operator ${operator} is not one that Search knows`);
  if ((type === 'text' && !free) || type === 'boolean')
    throw invalid(`Operator ${operator} is for numbers and times; property ${name} is a ${words[type]}`);
  const holds = orders[operator as keyof typeof orders];
  return (actual) => {
    const order = orderOf(actual, wanted, free);
    return order !== undefined && holds(order);
  };
}

const words: Readonly<Record<PropertyType, string>> = {
  text: 'text',
  number: 'number',
  boolean: 'Boolean',
  time: 'time',
  any: 'structure',
};

function readValue(type: PropertyType, value: string, name: string): string | number | boolean {
  if (type === 'number') {
    if (isNumber(value)) return Number(value);
    throw invalid(`Property ${name} is a number; its Value "${value}" is not`);
  }
  if (type === 'boolean') {
    if (/^(true|false)$/i.test(value)) return value.toLowerCase() === 'true';
    throw invalid(`Property ${name} is a Boolean; its Value "${value}" is neither true nor false`);
  }
  if (type !== 'time') return value;
  const time = isTime.test(value) ? Date.parse(hasZone.test(value) ? value : `${value}Z`) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  throw invalid(`Property ${name} is a time; its Value "${value}" is not one such as 2026-01-31T12:00:00`);
}

const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$/;
const hasZone = /(Z|[+-]\d\d:?\d\d)$/;
const isNumber = (text: string): boolean => text.trim() !== '' && !Number.isNaN(Number(text));

/** Below 0, 0 or above 0; undefined where the two do not compare. */
function orderOf(actual: unknown, wanted: string | number | boolean, free: boolean): number | undefined {
  if (actual instanceof Date) return typeof wanted === 'number' ? actual.getTime() - wanted : undefined;
  if (typeof actual === 'boolean') return actual === wanted ? 0 : undefined;
  if (typeof wanted === 'number') return typeof actual === 'number' ? actual - wanted : undefined;
  if (typeof wanted === 'boolean') return undefined;
  if (!free || !isNumber(wanted) || !isNumber(String(actual))) return actual === wanted ? 0 : undefined;
  // Amazon's rule: where an integer is asked for, a decimal is taken without its fraction.
  const number = Number(actual);
  return (Number.isInteger(Number(wanted)) && !wanted.includes('.') ? Math.trunc(number) : number) - Number(wanted);
}
