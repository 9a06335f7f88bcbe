import { assert, DataError } from '../../../base/index.ts';
import type { Interactions, LinearLearnerSettings } from '../settings.ts';

/**
 * Powers and products of features, made from every row while it is read. A row x of d features becomes, in this order:
 *
 *   x_j                      as it is, for each feature
 *   z_j^2 ... z_j^degree     feature by feature
 *   z_i z_j                  for each pair of the interactions, in their order
 *
 * with z_j = (x_j - centre_j) * factor_j, about mean 0 and spread 1. Powers and products of the raw values would span the
 * same models, but of a feature like 20110101 their squares differ from a line by less than single precision holds, and a
 * penalty would fall on differences of huge, nearly equal weights. Source: Aiken and West, Multiple Regression (1991), on
 * centring before products. A factor of 0 marks a feature that was constant; its terms are 0.
 */
export interface Expansion {
  degree: number;
  interactions: Interactions;
  centre: Float64Array;
  factor: Float64Array;
}

/** What a job or a model declares, without what the data add. */
export type ExpansionDeclaration = Pick<Expansion, 'degree' | 'interactions'>;

/** Most features that rows may be expanded to. */
export const expandedFeaturesMax = 2 ** 20;

/** The declaration of a job's settings; undefined when there is nothing to expand. */
export function declaredExpansion({
  polynomialDegree,
  interactions,
}: Pick<LinearLearnerSettings, 'polynomialDegree' | 'interactions'>): ExpansionDeclaration | undefined {
  assert(polynomialDegree !== 'auto' && interactions !== 'auto', 'powers and products are chosen');
  const nothing = polynomialDegree === 1 && (interactions === 'none' || interactions.length === 0);
  return nothing ? undefined : { degree: polynomialDegree, interactions };
}

/**
 * Features of a row after expansion. Throws DataError when a pair names a feature that the rows do not have, or when
 * there are more than the limit.
 */
export function expandedFeatureCount(featureCount: number, declaration: ExpansionDeclaration): number {
  const { degree, interactions } = declaration;
  if (typeof interactions !== 'string') {
    const outside = interactions.find(([, high]) => high >= featureCount);
    if (outside !== undefined) {
      throw new DataError(
        `interactions has the pair ${outside.join(':')}, but the rows have the features 0 to ${featureCount - 1}`,
        { value: outside.join(':') },
      );
    }
  }
  const products = productCount(featureCount, interactions);
  const count = expandedCountOf(featureCount, declaration);
  if (count <= expandedFeaturesMax) return count;
  throw new DataError(
    `polynomial_degree ${degree} and ${products} interactions make ${count} features of ${featureCount}; at most ${expandedFeaturesMax} are allowed`,
    { value: count },
  );
}

/** The same without a limit. */
export const expandedCountOf = (featureCount: number, { degree, interactions }: ExpansionDeclaration): number =>
  featureCount * degree + productCount(featureCount, interactions);

const productCount = (featureCount: number, interactions: Interactions): number => {
  if (interactions === 'none') return 0;
  return interactions === 'all' ? (featureCount * (featureCount - 1)) / 2 : interactions.length;
};

/** Names of the expanded features: `3` for a feature itself, `3^2` for a power, `0:4` for a product. */
export function expandedFeatureNames(featureCount: number, declaration: ExpansionDeclaration): string[] {
  const names = Array.from({ length: featureCount }, (_, j) => `${j}`);
  for (let j = 0; j < featureCount; j += 1) {
    for (let power = 2; power <= declaration.degree; power += 1) names.push(`${j}^${power}`);
  }
  if (declaration.interactions === 'all') {
    for (let i = 0; i < featureCount; i += 1) {
      for (let j = i + 1; j < featureCount; j += 1) names.push(`${i}:${j}`);
    }
  } else if (declaration.interactions !== 'none') {
    for (const pair of declaration.interactions) names.push(pair.join(':'));
  }
  return names;
}

/** Whether both make the same terms; the order of the pairs does not matter. */
export function sameDeclaration(
  one: ExpansionDeclaration | undefined,
  other: ExpansionDeclaration | undefined,
): boolean {
  const key = ({ degree, interactions }: ExpansionDeclaration = { degree: 1, interactions: 'none' }): string => {
    const pairs = typeof interactions === 'string' ? [interactions] : interactions.map((pair) => pair.join(':')).sort();
    return `${degree} ${pairs.length === 0 ? 'none' : pairs.join()}`;
  };
  return key(one) === key(other);
}

/** `polynomial_degree 2 and interactions 0:1,3:4`, for messages. */
export function describeExpansion(declaration: ExpansionDeclaration | undefined): string {
  const { degree, interactions } = declaration ?? { degree: 1, interactions: 'none' };
  const text = typeof interactions === 'string' ? interactions : interactions.map((pair) => pair.join(':')).join(',');
  return `polynomial_degree ${degree} and interactions ${text.length > 60 ? `${text.slice(0, 57)}...` : text}`;
}
