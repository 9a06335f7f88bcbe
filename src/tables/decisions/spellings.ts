/** Values that mean the same and are written differently: in upper or lower case, or truth in several words. */
import type { ColumnProfile } from '../profile/profile.ts';

/** By a text in lower case, the value that it means. */
export type Spellings = Readonly<Record<string, string>>;

type Level = ColumnProfile['levels'][number];

/** Of each pair one word says yes and the other no. */
const pairs: readonly (readonly [yes: string, no: string])[] = [
  ['yes', 'no'],
  ['true', 'false'],
  ['y', 'n'],
  ['t', 'f'],
  ['1', '0'],
  ['1.0', '0.0'],
  ['on', 'off'],
  ['ja', 'nein'],
  ['j', 'n'],
  ['wahr', 'falsch'],
  ['oui', 'non'],
  ['vrai', 'faux'],
  ['si', 'no'],
  ['sí', 'no'],
];
const yes = new Set(pairs.map(([word]) => word));
const no = new Set(pairs.map(([, word]) => word));

/** A column's values with those that mean the same taken together, most frequent first; `spellings` where there were such. */
export function spelledAlike(levels: readonly Level[]): { levels: readonly Level[]; spellings?: Spellings } {
  const groups = groupsOf(levels);
  if (groups.length === levels.length) return { levels };
  const spellings: Record<string, string> = {};
  const merged = groups.map(({ name, members }): Level => {
    for (const [value] of members) spellings[value.toLowerCase()] = name;
    return [name, members.reduce((sum, [, count]) => sum + count, 0)];
  });
  return { levels: merged.sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)), spellings };
}

interface Group {
  name: string;
  members: readonly Level[];
}

function groupsOf(levels: readonly Level[]): Group[] {
  const [yeses, noes] = [yes, no].map((words) => levels.filter(([value]) => words.has(value.toLowerCase())));
  if (levels.length > 2 && yeses!.length > 0 && noes!.length > 0 && yeses!.length + noes!.length === levels.length)
    return groupsOfTruth(yeses!, noes!);
  const byCase = new Map<string, Level[]>();
  for (const level of levels) {
    const [value] = level;
    // Letters may be told apart by their case: A is not a.
    const key = value.length > 1 ? value.toLowerCase() : value;
    byCase.set(key, [...(byCase.get(key) ?? []), level]);
  }
  return [...byCase.values()].map((members) => ({ name: members[0]![0], members }));
}

/** Each is called by its most frequent word; both by words of one pair where the table has them. */
function groupsOfTruth(yeses: readonly Level[], noes: readonly Level[]): Group[] {
  const [[name]] = yeses as [Level];
  const opposites = pairs.filter(([word]) => word === name.toLowerCase()).map(([, word]) => word);
  const [[opposite]] = [...noes.filter(([value]) => opposites.includes(value.toLowerCase())), ...noes] as [Level];
  return [
    { name, members: yeses },
    { name: opposite, members: noes },
  ];
}

/** The place of a value among levels; undefined for a text that means none of them. */
export function placeFinder(
  levels: readonly string[],
  spellings: Spellings = {},
): (text: string) => number | undefined {
  const places = new Map(levels.map((level, at) => [level, at]));
  const meant = new Map(Object.entries(spellings));
  if (meant.size === 0) return (text) => places.get(text);
  return (text) => places.get(text) ?? places.get(meant.get(text.toLowerCase()) ?? text);
}
