import type { HyperparameterProblem } from '../../program/hyperparameters/parse.ts';

/** As the formats' `sparseWidthMax`, which a quick check does not load. */
const columnsMax = 2 ** 32;

/** The settings that do not go with hashed columns, as far as that is known before there are rows. */
export function featureHashProblems(given: {
  bits: number | 'none';
  featureDim: number | 'auto';
  degree: number | 'auto';
  interactions: string;
  compatibility: string;
}): HyperparameterProblem[] {
  const { bits, featureDim, degree, interactions, compatibility } = given;
  if (bits === 'none') return [];
  const refuse = (because: string): HyperparameterProblem => ({
    name: 'feature_hash_bits',
    value: `${bits}`,
    message: `feature_hash_bits must be none with ${because}, not ${bits}`,
  });
  const problems: HyperparameterProblem[] = [];
  if (compatibility === 'amazon') problems.push(refuse('compatibility amazon'));
  if (degree !== 1) problems.push(refuse(`polynomial_degree ${degree}, whose rows must be dense`));
  else if (interactions.trim().toLowerCase() !== 'none')
    problems.push(refuse('interactions, whose rows must be dense'));
  if (featureDim !== 'auto' && featureDim > columnsMax) {
    problems.push({
      name: 'feature_dim',
      value: `${featureDim}`,
      message: `feature_dim must be at most ${columnsMax} with feature_hash_bits, not ${featureDim}`,
    });
  }
  return problems;
}
