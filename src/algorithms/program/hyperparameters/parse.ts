/** The map of strings that CreateTrainingJob carries, checked value by value against an algorithm's table. */
import { closestName } from './closest-name.ts';
import type { Hyperparameter, Range } from './hyperparameter.ts';

/** One broken hyperparameter. */
export interface HyperparameterProblem {
  name: string;
  /** As given; undefined when it is missing. */
  value: string | undefined;
  /** What is allowed, as a sentence about the name: `epochs must be an integer of at least 1, not "abc"`. */
  message: string;
}

export type HyperparameterValue = string | number | boolean;

export interface ParsedValues {
  /** By name: those that were given, and the defaults of the others. A broken one is missing, and an optional one that was not given. */
  values: ReadonlyMap<string, HyperparameterValue>;
  problems: readonly HyperparameterProblem[];
}

/** Every value and every problem at once; `algorithm` is the name of the table's owner in messages. */
export function parseByTable(
  table: readonly Hyperparameter[],
  given: Readonly<Record<string, string>>,
  algorithm: string,
): ParsedValues {
  const values = new Map<string, HyperparameterValue>();
  const problems: HyperparameterProblem[] = [];
  for (const entry of table) {
    const text = Object.hasOwn(given, entry.name) ? given[entry.name]! : entry.default;
    if (text === undefined && entry.optional) continue;
    const value = text === undefined ? undefined : parseValue(entry, text.trim());
    if (value === undefined) problems.push(problemOf(entry, text));
    else values.set(entry.name, value);
  }
  const names = table.map(({ name }) => name);
  for (const [name, value] of Object.entries(given)) {
    // Names with an underscore are the original's internals, which come and go with its versions.
    if (names.includes(name) || name.startsWith('_')) continue;
    const close = closestName(name, names);
    const hint = close === undefined ? '' : `, did you mean ${close}`;
    problems.push({ name, value, message: `${shown(name)} is not a hyperparameter of ${algorithm}${hint}` });
  }
  return { values, problems };
}

/** All problems in one message. */
export function describeProblems(problems: readonly HyperparameterProblem[]): string {
  const count = problems.length === 1 ? 'A hyperparameter is' : `${problems.length} hyperparameters are`;
  return `${count} wrong: ${problems.map(({ message }) => message).join('; ')}`;
}

function parseValue(entry: Hyperparameter, text: string): HyperparameterValue | undefined {
  const word = entry.words?.find((candidate) => candidate === text.toLowerCase());
  if (word !== undefined) return word;
  switch (entry.kind) {
    case 'text':
      return text;
    case 'choice':
      return undefined;
    case 'boolean':
      return /^true$/i.test(text) ? true : /^false$/i.test(text) ? false : undefined;
    case 'integer':
      // 100.0 is what some clients make of an integer.
      return /^[+-]?\d+(\.0*)?$/.test(text) ? inRange(Number(text), entry.range) : undefined;
    case 'real':
      return /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text) ? inRange(Number(text), entry.range) : undefined;
  }
}

function inRange(value: number, { min, max, above, below }: Range = {}): number | undefined {
  const inside =
    Number.isFinite(value) &&
    (min === undefined || value >= min) &&
    (max === undefined || value <= max) &&
    (above === undefined || value > above) &&
    (below === undefined || value < below);
  return inside ? value : undefined;
}

function problemOf(entry: Hyperparameter, text: string | undefined): HyperparameterProblem {
  const { name } = entry;
  const required = allowed(entry);
  if (text === undefined) return { name, value: undefined, message: `${name} is missing: it must be ${required}` };
  const close = entry.kind === 'choice' ? closestName(text, entry.words ?? []) : undefined;
  const hint = close === undefined ? '' : `, did you mean ${close}`;
  return { name, value: text, message: `${name} must be ${required}, not ${shown(text)}${hint}` };
}

/** `auto or a number above 0`. */
function allowed({ kind, words = [], range }: Hyperparameter): string {
  const alternatives =
    kind === 'choice' ? [] : [kind === 'boolean' ? 'true or false' : `${article[kind]}${limits(range)}`];
  if (kind === 'choice') return `one of ${words.join(', ')}`;
  return [...words, ...alternatives].join(' or ');
}

const article = { integer: 'an integer', real: 'a number', text: 'a text' } as const;

function limits({ min, max, above, below }: Range = {}): string {
  const low = min !== undefined ? `at least ${min}` : above !== undefined ? `above ${above}` : undefined;
  const high = max !== undefined ? `at most ${max}` : below !== undefined ? `below ${below}` : undefined;
  if (low === undefined && high === undefined) return '';
  if (low === undefined || high === undefined) return kindOfLimit(low ?? high!);
  return `${kindOfLimit(low)} and ${high}`;
}

const kindOfLimit = (limit: string): string => (limit.startsWith('at') ? ` of ${limit}` : ` ${limit}`);

const shown = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);
