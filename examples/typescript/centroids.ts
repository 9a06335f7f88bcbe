// Learns the mean of each class, and answers with the class whose mean is nearest.

export type Model = Map<string, number[]>;

export const parse = (text: string): string[][] =>
  text
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .map((line) => line.split(','));

/** Throws RangeError for rows of different lengths. */
export function means(rows: string[][]): Model {
  const columns = rows[0]?.length ?? 0;
  const sums = new Map<string, { count: number; values: number[] }>();
  rows.forEach(([label = '', ...values], index) => {
    if (values.length + 1 !== columns)
      throw new RangeError(`Row ${index + 1} has ${values.length + 1} columns, the first one has ${columns}`);
    const entry = sums.get(label) ?? { count: 0, values: values.map(() => 0) };
    sums.set(label, { count: entry.count + 1, values: entry.values.map((sum, i) => sum + Number(values[i])) });
  });
  return new Map([...sums].sort().map(([label, { count, values }]) => [label, values.map((sum) => sum / count)]));
}

export const encode = (model: Model): string =>
  [...model].map(([label, values]) => `${[label, ...values.map((value) => value.toFixed(6))].join()}\n`).join('');

export const decode = (text: string): Model =>
  new Map(parse(text).map(([label = '', ...values]) => [label, values.map(Number)]));

export function nearest(model: Model, row: number[]): string {
  const distance = (mean: number[]): number => mean.reduce((sum, value, i) => sum + (value - (row[i] ?? 0)) ** 2, 0);
  return [...model].reduce((best, entry) => (distance(entry[1]) < distance(best[1]) ? entry : best))[0];
}
