/** Words that have an order of their own. */

const scales: readonly (readonly string[])[] = [
  ['very low', 'low', 'medium', 'high', 'very high'],
  ['low', 'moderate', 'high'],
  ['low', 'normal', 'high'],
  ['low', 'average', 'high'],
  ['small', 'medium', 'large', 'extra large'],
  ['xxs', 'xs', 's', 'm', 'l', 'xl', 'xxl'],
  ['none', 'mild', 'moderate', 'severe'],
  ['very poor', 'poor', 'fair', 'average', 'good', 'very good', 'excellent'],
  ['po', 'fa', 'ta', 'gd', 'ex'],
  ['never', 'rarely', 'sometimes', 'often', 'always'],
  ['strongly disagree', 'disagree', 'neutral', 'agree', 'strongly agree'],
  ['bronze', 'silver', 'gold', 'platinum'],
  ['beginner', 'intermediate', 'advanced', 'expert'],
  ['junior', 'mid', 'senior'],
];

/** The order of these values, where it is plain: words of one scale, or ranges such as 18-25, 26-35, 60+. */
export function orderOf(values: readonly string[]): string[] | undefined {
  if (values.length < 3) return undefined;
  for (const scale of scales) {
    const place = (value: string): number => scale.indexOf(value.toLowerCase().replaceAll(/[_-]/g, ' '));
    if (values.every((value) => place(value) >= 0)) return [...values].sort((a, b) => place(a) - place(b));
  }
  const starts = values.map(startOf);
  if (starts.some((start) => start === undefined) || new Set(starts).size < values.length) return undefined;
  return [...values].sort((a, b) => startOf(a)! - startOf(b)!);
}

const range = /^(\d+(?:\.\d+)?)\s*(?:-|to|–|\.\.)\s*\d+(?:\.\d+)?\D*$/i;
const open = /^(?:(>=?|over\s|above\s)\s*(\d+(?:\.\d+)?)|(\d+(?:\.\d+)?)\s*\+)\D*$/i;
const below = /^(?:<=?|under\s|below\s)\s*(\d+(?:\.\d+)?)\D*$/i;

/** Where a range begins; one without a beginning comes before its end. */
function startOf(value: string): number | undefined {
  const text = value.trim();
  const [, from] = range.exec(text) ?? [];
  if (from !== undefined) return Number(from);
  const opened = open.exec(text);
  if (opened !== null) return Number(opened[2] ?? opened[3]);
  const [, end] = below.exec(text) ?? [];
  return end === undefined ? undefined : Number(end) - 1e-6 * Math.max(1, Math.abs(Number(end))) - 1;
}
