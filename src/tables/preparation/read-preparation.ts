import { DataError, messageOf } from '../../base/index.ts';
import { planKinds } from '../decisions/decision.ts';
import { dateStyles } from '../profile/dates.ts';
import { featuresOf, type Preparation } from './preparation.ts';

const featuresMax = 2 ** 20;

/** The preparation that a model carries. Throws DataError for what is none, or of a later version. */
export function readPreparation(bytes: Uint8Array, source: string): Preparation {
  const refuse = (fact: string): DataError => new DataError(`"${source}" is no preparation: ${fact}`, { source });
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw refuse(messageOf(error));
  }
  const { format, version, label, columns, leftOut } = (value ?? {}) as Partial<Record<keyof Preparation, unknown>>;
  if (format !== 'linnet-preparation') throw refuse('its format is not "linnet-preparation"');
  if (version !== 1) throw refuse(`its version is ${JSON.stringify(version)}, and this Linnet reads version 1`);
  if (!isLabel(label)) throw refuse('its label is not described');
  if (!Array.isArray(columns) || columns.length === 0 || !Array.isArray(leftOut)) throw refuse('it has no columns');
  for (const column of columns) {
    const wrong = wrongMember(column);
    if (wrong !== undefined)
      throw refuse(`column ${JSON.stringify((column as { column?: unknown })?.column)} has a wrong ${wrong}`);
  }
  const preparation = value as Preparation;
  const count = featuresOf(preparation).length;
  if (count > featuresMax) throw refuse(`it makes ${count} features; the limit is ${featuresMax}`);
  return preparation;
}

type Check = (value: unknown) => boolean;
const isString: Check = (value) => typeof value === 'string';
const isBoolean: Check = (value) => typeof value === 'boolean';
const isFill: Check = (value) => value === null || Number.isFinite(value);
const isSign: Check = (value) => value === 'point' || value === 'comma';
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);

const isSpellings: Check = (value) =>
  value === undefined || (typeof value === 'object' && value !== null && Object.values(value).every(isString));

const members: Readonly<Record<(typeof planKinds)[number], Readonly<Record<string, Check>>>> = {
  number: { sign: isSign, fill: isFill, indicator: isBoolean, log: isBoolean },
  category: {
    levels: listOf(isString),
    reference: (value) => value === null || isString(value),
    other: isBoolean,
    missing: isBoolean,
    spellings: isSpellings,
  },
  ordinal: { levels: listOf(isString), fill: isFill, indicator: isBoolean, spellings: isSpellings },
  date: {
    style: (value) => dateStyles.some((style) => style === value),
    parts: listOf((part) => ['year', 'month', 'day', 'weekday', 'hour', 'days'].some((each) => each === part)),
    fill: listOf(isFill),
    indicator: isBoolean,
  },
  words: { buckets: (value) => Number.isInteger(value) && Number(value) > 0 && Number(value) <= featuresMax },
};

function wrongMember(column: unknown): string | undefined {
  if (typeof column !== 'object' || column === null) return 'place';
  const given = column as Record<string, unknown>;
  if (typeof given.column !== 'string') return 'name';
  const kind = planKinds.find((each) => each === given.as);
  if (kind === undefined) return 'member "as"';
  const wrong = Object.entries(members[kind]).find(([name, check]) => !check(given[name]));
  if (wrong !== undefined) return `member "${wrong[0]}"`;
  if (kind === 'date' && (given.fill as unknown[]).length !== (given.parts as unknown[]).length) return 'member "fill"';
  return undefined;
}

function isLabel(label: unknown): boolean {
  if (typeof label !== 'object' || label === null) return false;
  const { column, task, classes, sign, spellings } = label as Record<string, unknown>;
  const isTask = task === 'binary' || task === 'multiclass' || task === 'regression';
  if (!isString(column) || !isTask || !listOf(isString)(classes) || !isSign(sign) || !isSpellings(spellings))
    return false;
  const { length } = classes as unknown[];
  return task === 'regression' ? length === 0 : task === 'binary' ? length === 2 : length > 2;
}
