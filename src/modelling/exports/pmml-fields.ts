/** Elements of PMML, and the fields that cells and features become. */
import { missingMarkers } from '../../tables/index.ts';
import { dateMembers, type Formula, noValue, type Operator, otherValue, type ReadCell } from './formulas.ts';

export const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** An element with attributes and what is in it: elements, or text that is escaped already. */
export function element(name: string, given: Readonly<Record<string, string>>, ...children: readonly string[]): string {
  const attributes = Object.entries(given).map(([key, value]) => ` ${key}="${escaped(value)}"`);
  const inside = children.filter((child) => child !== '');
  if (inside.length === 0) return `<${name}${attributes.join('')}/>\n`;
  return `<${name}${attributes.join('')}>${inside.join('')}</${name}>\n`;
}

export const apply = (name: string, ...operands: readonly string[]): string =>
  element('Apply', { function: name }, ...operands);

export const derived = (name: string, formula: string, dataType = 'double', displayName?: string): string =>
  element(
    'DerivedField',
    {
      name,
      ...(displayName !== undefined && { displayName }),
      optype: dataType === 'string' ? 'categorical' : 'continuous',
      dataType,
    },
    formula,
  );

const field = (name: string): string => element('FieldRef', { field: name });
const word = (value: string): string => element('Constant', { dataType: 'string' }, escaped(value));
const number = (value: number): string => element('Constant', { dataType: 'double' }, String(value));

/** The values that formulas name: `cell 0`, a member of a date `cell 0 year`. */
const cellField = (name: string): string => `cell ${name.slice(1).replace('_', ' ')}`;

export function cellFields(cell: ReadCell): string[] {
  const { column, name } = cell;
  const own = cellField(name);
  switch (cell.kind) {
    case 'number':
      return [derived(own, field(column))];
    case 'place': {
      const trimmed = apply('trimBlanks', field(column));
      const lower = apply('lowercase', trimmed);
      const { levels } = cell;
      const spellings = cell.spellings.filter(([text]) => !levels.includes(text));
      const isNoMarker = apply('isNotIn', lower, ...missingMarkers.map(word));
      const isLevel = apply('isIn', trimmed, ...levels.map(word));
      const asItStands = apply('if', levels.length === 0 ? isNoMarker : apply('or', isLevel, isNoMarker), trimmed);
      const isOther = apply('isNotIn', trimmed, ...levels.map(word));
      const isSpelling = apply('and', isOther, apply('isIn', lower, ...spellings.map(([text]) => word(text))));
      const text = spellings.length === 0 ? asItStands : apply('if', isSpelling, lower, asItStands);
      const places = [...levels.map((level, at) => [level, at] as const), ...spellings];
      return [
        derived(`${own} text`, whereThere(column, text), 'string'),
        derived(own, placesOf(`${own} text`, places)),
      ];
    }
    case 'date':
      return dateFields(own, column, cell.style);
    default:
      return [];
  }
}

/** Functions of texts may refuse a missing one. */
const whereThere = (column: string, formula: string): string =>
  apply('if', apply('isNotMissing', field(column)), formula);

function placesOf(from: string, places: readonly (readonly [text: string, place: number])[]): string {
  const rows = places.map(([text, place]) =>
    element('row', {}, element('level', {}, escaped(text)), element('place', {}, String(place))),
  );
  if (rows.length === 0) return apply('if', apply('isMissing', field(from)), number(noValue), number(otherValue));
  return element(
    'MapValues',
    { outputColumn: 'place', dataType: 'double', mapMissingTo: String(noValue), defaultValue: String(otherValue) },
    element('FieldColumnPair', { field: from, column: 'level' }),
    element('InlineTable', {}, ...rows),
  );
}

/** The year first in every style, else the year last where the style has it there. */
function dateFields(own: string, column: string, style: string): string[] {
  const text = field(column);
  const time = '(?:[T ]\\d{1,2}:\\d{2}.*)?\\s*$';
  const yearFirst = `^\\s*(\\d{4})[-/.](\\d{1,2})[-/.](\\d{1,2})${time}`;
  const yearLast = `^\\s*(\\d{1,2})[-/.](\\d{1,2})[-/.](\\d{4})${time}`;
  const where = (pattern: string, group: number, ...otherwise: string[]): string =>
    apply(
      'if',
      apply('matches', text, word(pattern)),
      apply('replace', text, word(pattern), word(`$${group}`)),
      ...otherwise,
    );
  const [year, month, day] = style === 'month first' ? [3, 1, 2] : [3, 2, 1];
  const part = (first: number, last: number): string =>
    where(yearFirst, first, ...(style === 'year first' ? [] : [where(yearLast, last)]));
  const clock = `^.*[T ](\\d{1,2}):(\\d{2}).*$`;
  const seconds = `^.*[T ]\\d{1,2}:\\d{2}:(\\d{2}).*$`;
  const fromClock = (of: string, group: number): string => where(of, group, word('0'));
  const members: Record<(typeof dateMembers)[number], string> = {
    year: part(1, year!),
    month: part(2, month!),
    day: part(3, day!),
    hour: fromClock(clock, 1),
    time: '',
  };
  return [
    ...dateMembers.slice(0, 4).map((member) => derived(`${own} ${member}`, whereThere(column, members[member]))),
    derived(`${own} minute`, whereThere(column, fromClock(clock, 2))),
    derived(`${own} second`, whereThere(column, fromClock(seconds, 1))),
    derived(
      `${own} time`,
      apply(
        '/',
        apply(
          '+',
          field(`${own} hour`),
          apply('+', apply('/', field(`${own} minute`), number(60)), apply('/', field(`${own} second`), number(3600))),
        ),
        number(24),
      ),
    ),
  ];
}

export const formulaField = (name: string, formula: Formula, displayName: string): string =>
  derived(name, pmmlOf(formula), 'double', displayName);

const named: Partial<Record<Operator, string>> = { '<': 'lessThan', '=': 'equal' };

function pmmlOf(formula: Formula): string {
  if (typeof formula === 'number') return number(formula);
  if (typeof formula === 'string') return field(cellField(formula));
  const [operator, ...operands] = formula;
  if (operator === 'if') {
    const [condition, yes, no] = operands;
    // Without a second value, the answer is missing; a value that is there on one side alone is turned round.
    if (isNothing(yes!)) return apply('if', negated(pmmlOf(condition!)), pmmlOf(no!));
    return apply('if', pmmlOf(condition!), pmmlOf(yes!), ...(isNothing(no!) ? [] : [pmmlOf(no!)]));
  }
  return apply(named[operator] ?? operator, ...operands.map(pmmlOf));
}

const isNothing = (formula: Formula): boolean => typeof formula === 'object' && formula[0] === 'missing';
const negated = (condition: string): string => apply('not', condition);
