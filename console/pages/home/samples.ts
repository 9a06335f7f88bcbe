/** A tumour of the Wisconsin Diagnostic Breast Cancer data. */
export interface Sample {
  malignant: boolean;
  values: readonly number[];
}

const measures = [
  'radius',
  'texture',
  'perimeter',
  'area',
  'smoothness',
  'compactness',
  'concavity',
  'concave points',
  'symmetry',
  'fractal dimension',
];

export const featureNames: readonly string[] = ['mean', 'standard error', 'worst'].flatMap((kind) =>
  measures.map((measure) => `${measure}, ${kind}`),
);

/** Lines of an id, the diagnosis and 30 numbers. */
export const parseSamples = (csv: string): Sample[] =>
  csv
    .trim()
    .split('\n')
    .map((line) => {
      const [, diagnosis, ...values] = line.trim().split(',');
      return { malignant: diagnosis === 'M', values: values.map(Number) };
    });

/** In an order that a seed decides (Fisher and Yates, with the generator mulberry32). */
export function shuffled<Item>(items: readonly Item[], seed: number): Item[] {
  const result = [...items];
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
  for (let last = result.length - 1; last > 0; last -= 1) {
    const other = Math.floor(next() * (last + 1));
    [result[last], result[other]] = [result[other]!, result[last]!];
  }
  return result;
}
