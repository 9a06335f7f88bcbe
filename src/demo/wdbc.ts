/** One row of wdbc.csv: an id, the diagnosis and 30 measurements of cell nuclei. */
export interface Sample {
  id: string;
  diagnosis: 'M' | 'B';
  features: number[];
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

/** Names of the 30 features, as the data set's publisher gives them. */
export const featureNames = ['mean', 'se', 'worst'].flatMap((kind) => measures.map((measure) => `${measure} ${kind}`));

export const readSamples = (csv: string): Sample[] =>
  csv
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [id = '', diagnosis, ...features] = line.split(',');
      return { id, diagnosis: diagnosis === 'M' ? 'M' : 'B', features: features.map(Number) };
    });

/** Deals samples at random into 80 % training, 10 % validation and 10 % test; one seed, one split. */
export function split(
  samples: readonly Sample[],
  seed: number,
): { train: Sample[]; validation: Sample[]; test: Sample[] } {
  const random = mulberry32(seed);
  const shuffled = samples.map((sample) => ({ sample, order: random() })).toSorted((a, b) => a.order - b.order);
  const rows = shuffled.map(({ sample }) => sample);
  const trainEnd = Math.round(rows.length * 0.8);
  const validationEnd = Math.round(rows.length * 0.9);
  return {
    train: rows.slice(0, trainEnd),
    validation: rows.slice(trainEnd, validationEnd),
    test: rows.slice(validationEnd),
  };
}

/** T. Ettinger's mulberry32: a small generator of numbers in [0, 1) that any seed starts well. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
