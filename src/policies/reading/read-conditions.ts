import { DataError } from '../../base/index.ts';
import type { Condition } from '../conditions/condition.ts';
import { operators } from '../conditions/operators.ts';
import { templateOf } from '../patterns/pattern.ts';
import { isObject } from './values.ts';

interface Options {
  variables: boolean;
}

/** Reads the element Condition. Throws DataError. */
export function readConditions(given: unknown, options: Options): Condition[] {
  if (given === undefined) return [];
  if (!isObject(given)) throw new DataError('Syntax errors in policy: Condition is an object of operators');
  return Object.entries(given).flatMap(([name, keys]) => {
    const read = readOperator(name);
    if (!isObject(keys)) throw new DataError(`Syntax errors in policy: ${name} is an object of condition keys`);
    return Object.entries(keys).map(([key, value]) => readKey(name, read, key, value, options));
  });
}

type Read = Pick<Condition, 'operator' | 'negated' | 'ifExists' | 'quantifier'>;

function readOperator(name: string): Read {
  const [, quantifier, base = '', ifExists] = /^(?:(ForAllValues|ForAnyValue):)?(.*?)(IfExists)?$/.exec(name) ?? [];
  const found = Object.hasOwn(operators, base) ? operators[base] : undefined;
  if (found === undefined || (found.operator === 'null' && (ifExists !== undefined || quantifier !== undefined)))
    throw new DataError(`Invalid Condition type : ${name}: operators are ${Object.keys(operators).join(', ')}`);
  return {
    ...found,
    ifExists: ifExists !== undefined,
    quantifier: quantifier === undefined ? undefined : quantifier === 'ForAllValues' ? 'all' : 'any',
  };
}

function readKey(name: string, read: Read, key: string, value: unknown, { variables }: Options): Condition {
  if (!/^[\w-]+:./.test(key))
    throw new DataError(
      `Actions/Conditions must be prefaced by a vendor: the condition key "${key}" is not of the form service:key`,
    );
  const list: unknown[] = Array.isArray(value) ? value : [value];
  const texts = list.map((item) => {
    if (typeof item !== 'string' && typeof item !== 'number' && typeof item !== 'boolean')
      throw new DataError(`Syntax errors in policy: ${name} of "${key}" takes texts, not ${JSON.stringify(item)}`);
    return String(item);
  });
  const { operator } = read;
  for (const text of texts) {
    if (variables && text.includes('${')) continue;
    const problem =
      operator === 'null'
        ? /^(true|false)$/i.test(text)
          ? undefined
          : `"${text}" is neither true nor false`
        : operator.problem?.(text);
    if (problem !== undefined) throw new DataError(`Syntax errors in policy: ${name} of "${key}": ${problem}`);
  }
  const wild = operator !== 'null' && operator.wild;
  return { ...read, key: key.toLowerCase(), expected: texts.map((text) => templateOf(text, { wild, variables })) };
}
