import type { Interactions } from '../../../learners/index.ts';
import type { HyperparameterProblem } from '../../program/hyperparameters/parse.ts';

/** The `interactions` hyperparameter: its pairs, or what is wrong with it. */
export function parseInteractions(
  text: string,
): { interactions: Interactions | 'auto'; wrong?: undefined } | { interactions?: undefined; wrong: string } {
  const word = text.trim().toLowerCase();
  if (word === 'none' || word === 'all' || word === 'auto') return { interactions: word };
  const pairs: [number, number][] = [];
  const seen = new Set<string>();
  for (const part of word.split(',')) {
    const match = /^\s*(\d{1,7})\s*:\s*(\d{1,7})\s*$/.exec(part);
    if (match === null)
      return { wrong: `"${shown(part.trim())}" is no pair of columns; give none, all, auto, or pairs such as 0:1,3:4` };
    const [one, other] = [Number(match[1]), Number(match[2])];
    const pair: [number, number] = [Math.min(one, other), Math.max(one, other)];
    const name = pair.join(':');
    if (one === other) return { wrong: `${one}:${other} is a square: polynomial_degree gives those` };
    if (seen.has(name)) return { wrong: `the pair ${name} is there twice` };
    if (pairs.length >= featuresMax) return { wrong: `there are more than ${featuresMax} pairs` };
    seen.add(name);
    pairs.push(pair);
  }
  return { interactions: pairs };
}

/** As the learners' `expandedFeaturesMax`, which a quick check does not load. */
export const featuresMax = 2 ** 20;

/** The faults of powers and products, as far as they are known before there are rows. */
export function featureTermProblems(terms: {
  degree: number | 'auto';
  interactions: string;
  featureDim: number | 'auto';
  compatibility: string;
}): HyperparameterProblem[] {
  const { degree, featureDim, compatibility } = terms;
  const value = terms.interactions;
  const problem = (message: string): HyperparameterProblem => ({ name: 'interactions', value, message });
  const { interactions, wrong } = parseInteractions(value);
  if (wrong !== undefined) return [problem(`interactions: ${wrong}`)];
  if (degree === 1 && interactions === 'none') return [];
  if (compatibility === 'amazon') {
    const [name, given] = degree !== 1 ? ['polynomial_degree', `${degree}`] : ['interactions', shown(value)];
    const required = degree !== 1 ? '1' : 'none';
    return [{ name, value: given, message: `${name} must be ${required} with compatibility amazon, not ${given}` }];
  }
  if (featureDim === 'auto') return [];
  if (typeof interactions !== 'string') {
    const outside = interactions.find(([, high]) => high >= featureDim);
    if (outside !== undefined) {
      const columns = `feature_dim is ${featureDim}: columns go from 0 to ${featureDim - 1}`;
      return [problem(`interactions has the pair ${outside.join(':')}, but ${columns}`)];
    }
  }
  if (degree === 'auto' || interactions === 'auto') return [];
  const products = interactions === 'all' ? (featureDim * (featureDim - 1)) / 2 : interactions.length;
  const count = featureDim * degree + (interactions === 'none' ? 0 : products);
  if (count <= featuresMax) return [];
  return [
    problem(`polynomial_degree and interactions make ${count} features of ${featureDim}; the limit is ${featuresMax}`),
  ];
}

const shown = (text: string): string => (text.length > 40 ? `${text.slice(0, 37)}...` : text);
