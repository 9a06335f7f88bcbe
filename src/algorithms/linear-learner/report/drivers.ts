/** The terms of a linear model by how much they move its score. */
import { type Coefficient, expandedFeatureNames, type FitResult } from '../../../learners/index.ts';
import type { Driver } from '../../../reports/index.ts';
import type { ColumnNames } from '../../report/column-names.ts';

/** Terms and columns that a report lists: what comes after them moves little. */
export const listedMax = 40;

export interface Terms {
  drivers: Driver[];
  /** Original columns, the ones that matter most first. */
  columns: number[];
}

/** `deviations` are those of the model's columns, after expansion. */
export function termsOf({ model, statistics }: FitResult, deviations: ArrayLike<number>, names: ColumnNames): Terms {
  const { outputCount: K, weights, expansion, featureCount } = model;
  const terms = weights.length / K;
  const sizes = new Float64Array(terms);
  let total = 0;
  for (let term = 0; term < terms; term++) {
    for (let k = 0; k < K; k++) sizes[term]! += Math.abs(weights[term * K + k]!) * (deviations[term] ?? 0);
    total += sizes[term]!;
  }
  const order = Uint32Array.from(sizes.keys()).sort((a, b) => sizes[b]! - sizes[a]! || a - b);
  const expanded = expansion && expandedFeatureNames(featureCount, expansion);
  const partsOf = (term: number): number[] => (expanded?.[term] ?? String(term)).split('^')[0]!.split(':').map(Number);
  const estimates = estimatesOf(statistics, K);
  const drivers = Array.from(order.subarray(0, listedMax), (term): Driver => {
    const parts = partsOf(term);
    const own = Array.from(weights.subarray(term * K, (term + 1) * K));
    const deviation = deviations[term] ?? 0;
    return {
      name: nameOf(expanded?.[term], parts, names),
      column: parts.length === 1 ? parts[0]! : null,
      share: total === 0 ? 0 : sizes[term]! / total,
      linear: {
        weights: own,
        standardised: own.map((weight) => weight * deviation),
        deviation,
        estimate: estimates(term),
      },
      trees: null,
      dependence: [],
    };
  });
  return { drivers, columns: columnsBySize(sizes, partsOf, featureCount) };
}

function nameOf(expanded: string | undefined, parts: readonly number[], names: ColumnNames): string {
  const power = expanded?.split('^')[1];
  const name = parts.map((column) => names.of(column)).join(' × ');
  return power === undefined ? name : `${name} to the power of ${power}`;
}

type Estimate = NonNullable<Driver['linear']>['estimate'];

/** Of a model of one score; several classes have one a class, against class 0. */
function estimatesOf(statistics: FitResult['statistics'], K: number): (term: number) => Estimate {
  if (statistics === undefined || 'missing' in statistics.inference || K !== 1) return () => null;
  const byTerm = new Map(statistics.inference.coefficients.map((each) => [each.feature, each]));
  return (term) => estimateOf(byTerm.get(term));
}

function estimateOf(coefficient: Coefficient | undefined): Estimate {
  if (coefficient === undefined) return null;
  const { estimate: value, low, high, standardError, pValue } = coefficient;
  return { value, low, high, standardError, pValue };
}

function columnsBySize(sizes: Float64Array, partsOf: (term: number) => number[], featureCount: number): number[] {
  if (sizes.length === featureCount)
    return Array.from(
      Uint32Array.from(sizes.keys())
        .sort((a, b) => sizes[b]! - sizes[a]! || a - b)
        .subarray(0, listedMax),
    );
  const own = new Float64Array(featureCount);
  for (const [term, size] of sizes.entries()) for (const column of partsOf(term)) own[column]! += size;
  return Array.from(
    Uint32Array.from(own.keys())
      .sort((a, b) => own[b]! - own[a]! || a - b)
      .subarray(0, listedMax),
  );
}
