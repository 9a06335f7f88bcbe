/**
 * A Gaussian process with the Matern 5/2 kernel, one length scale a dimension and noise. Source: C. Rasmussen and
 * C. Williams, "Gaussian Processes for Machine Learning" (2006), chapters 2 and 5. Its hyperparameters are those of the
 * greatest posterior density, climbed to by Rprop: M. Blum and M. Riedmiller, "Optimization of Gaussian Process
 * Hyperparameters using Rprop" (2013).
 */
import type { Place } from '../space.ts';
import { type Factor, factorOf, inverseOf, solveLower, solveUpper } from './cholesky.ts';

export interface GaussianProcess {
  /** Mean and variance of the function at a place, without noise. */
  at(place: Place): { mean: number; variance: number };
}

/** What is known: places and values there, whose mean is about 0 and whose deviation is about 1. */
export interface Observed {
  places: readonly Place[];
  values: Float64Array;
  /** Of the dimensions that hold categories, two places are equal or wholly different. */
  categorical: readonly boolean[];
}

/** Logarithms: a length scale of each dimension, then the variance of the function, then that of the noise. */
export type LogParameters = Float64Array;

/** Normal densities of the logarithms. Length scales grow with the square root of the dimension: so do distances. */
const prior = {
  length: { mean: Math.log(0.4), deviation: 1 },
  variance: { mean: 0, deviation: 1 },
  noise: { mean: Math.log(1e-3), deviation: 2 },
};
const noiseMin = 1e-6;
const root5 = Math.sqrt(5);

export function priorMeans(dimensions: number): LogParameters {
  const means = new Float64Array(dimensions + 2).fill(prior.length.mean + Math.log(dimensions) / 2);
  means[dimensions] = prior.variance.mean;
  means[dimensions + 1] = prior.noise.mean;
  return means;
}

/** The process of these hyperparameters; undefined when rounding makes its matrix singular. */
export function processOf(observed: Observed, parameters: LogParameters): GaussianProcess | undefined {
  const { places, values } = observed;
  const kernel = kernelOf(observed, parameters);
  const factor = factorOf(kernel.matrix, places.length);
  if (factor === undefined) return undefined;
  const weights = solveUpper(factor, solveLower(factor, values));
  return {
    at(place) {
      const covariances = Float64Array.from(places, (other) => kernel.between(place, other));
      const mean = dot(covariances, weights);
      const explained = solveLower(factor, covariances);
      return { mean, variance: Math.max(1e-12, kernel.variance - dot(explained, explained)) };
    },
  };
}

const stepFirst = 0.1;
const step = { grow: 1.2, shrink: 0.5, min: 1e-4, max: 0.7 };

/** Climbs to hyperparameters of high posterior density from the given ones. */
export function climb(observed: Observed, from: LogParameters, rounds: number): LogParameters {
  const current = Float64Array.from(from);
  const steps = new Float64Array(current.length).fill(stepFirst);
  const before = new Float64Array(current.length);
  let best = { density: Number.NEGATIVE_INFINITY, parameters: Float64Array.from(from) };
  for (let round = 0; round < rounds; round += 1) {
    const found = densityOf(observed, current);
    if (found === undefined) break;
    if (found.density > best.density) best = { density: found.density, parameters: Float64Array.from(current) };
    for (let at = 0; at < current.length; at += 1) {
      const slope = found.slopes[at]!;
      const agreed = slope * before[at]!;
      if (agreed > 0) steps[at] = Math.min(step.max, steps[at]! * step.grow);
      if (agreed < 0) steps[at] = Math.max(step.min, steps[at]! * step.shrink);
      before[at] = agreed < 0 ? 0 : slope;
      if (agreed >= 0) current[at]! += Math.sign(slope) * steps[at]!;
    }
  }
  return best.parameters;
}

/** Logarithm of the posterior density, up to a constant, and its slopes. */
export function densityOf(
  observed: Observed,
  parameters: LogParameters,
): { density: number; slopes: Float64Array } | undefined {
  const { places, values } = observed;
  const size = places.length;
  const dimensions = parameters.length - 2;
  const kernel = kernelOf(observed, parameters);
  const factor = factorOf(kernel.matrix, size);
  if (factor === undefined) return undefined;
  const weights = solveUpper(factor, solveLower(factor, values));
  const inverse = inverseOf(factor);
  let density = -0.5 * dot(values, weights) - logDiagonal(factor);
  const slopes = new Float64Array(parameters.length);
  // Half the trace of (w w' - K^-1) dK, for each hyperparameter (Rasmussen and Williams, formula 5.9).
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column <= row; column += 1) {
      const outer = weights[row]! * weights[column]! - inverse[row * size + column]!;
      const weight = row === column ? outer / 2 : outer;
      const signal = kernel.matrix[row * size + column]! - (row === column ? kernel.noise : 0);
      slopes[dimensions]! += weight * signal;
      if (row === column) {
        slopes[dimensions + 1]! += weight * kernel.noise;
        continue;
      }
      const radius = root5 * kernel.radius(places[row]!, places[column]!);
      const shared = weight * kernel.variance * (5 / 3) * (1 + radius) * Math.exp(-radius);
      for (let at = 0; at < dimensions; at += 1)
        slopes[at]! += shared * kernel.squareOf(at, places[row]!, places[column]!);
    }
  }
  const means = priorMeans(dimensions);
  for (let at = 0; at < parameters.length; at += 1) {
    const { deviation } = at < dimensions ? prior.length : at === dimensions ? prior.variance : prior.noise;
    const off = (parameters[at]! - means[at]!) / deviation;
    density -= 0.5 * off * off;
    slopes[at]! -= off / deviation;
  }
  return { density, slopes };
}

function kernelOf({ places, categorical }: Observed, parameters: LogParameters) {
  const dimensions = parameters.length - 2;
  const inverseSquares = parameters.subarray(0, dimensions).map((log) => Math.exp(-2 * log));
  const variance = Math.exp(parameters[dimensions]!);
  const noise = Math.max(noiseMin, Math.exp(parameters[dimensions + 1]!));
  /** A dimension's share of the squared distance. */
  const squareOf = (at: number, one: Place, other: Place): number => {
    const difference = categorical[at] ? Number(one[at] !== other[at]) : one[at]! - other[at]!;
    return difference * difference * inverseSquares[at]!;
  };
  const radius = (one: Place, other: Place): number => {
    let square = 0;
    for (let at = 0; at < dimensions; at += 1) square += squareOf(at, one, other);
    return Math.sqrt(square);
  };
  const between = (one: Place, other: Place): number => {
    const r = root5 * radius(one, other);
    return variance * (1 + r + (r * r) / 3) * Math.exp(-r);
  };
  const size = places.length;
  const matrix = new Float64Array(size * size);
  for (let row = 0; row < size; row += 1)
    for (let column = 0; column <= row; column += 1)
      matrix[row * size + column] = between(places[row]!, places[column]!) + (row === column ? noise : 0);
  return { matrix, between, radius, squareOf, variance, noise };
}

function dot(left: Float64Array, right: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < left.length; at += 1) sum += left[at]! * right[at]!;
  return sum;
}

function logDiagonal({ size, lower }: Factor): number {
  let sum = 0;
  for (let at = 0; at < size; at += 1) sum += Math.log(lower[at * size + at]!);
  return sum;
}
