/**
 * Bayesian optimisation: a Gaussian process learns the objective from what was tried, and the next trial is where it expects
 * the greatest improvement. Source: J. Snoek, H. Larochelle and R. Adams, "Practical Bayesian Optimization of Machine
 * Learning Algorithms" (2012). Whole numbers and categories stay on their places inside the kernel: E. Garrido-Merchan and
 * D. Hernandez-Lobato (2020). Trials that still run count as if they had ended as expected (kriging believer:
 * D. Ginsbourger, R. Le Riche and L. Carraro, 2010).
 */

import type { Question, Tried } from '../question.ts';
import { type Random, randomOf } from '../random.ts';
import { combinationCount, type Place, placeOf, type Space, snapped, type Values, valuesAt } from '../space.ts';
import { logExpectedImprovement } from './expected-improvement.ts';
import { climb, type GaussianProcess, type Observed, priorMeans, processOf } from './gaussian-process.ts';
import { newAmong, randomPlace } from './random-search.ts';

/**
 * Results before a model is made: so many for each hyperparameter, within these. With ten of five hyperparameters 12 to 25
 * trials of the Linear Learner came out better on three sets than with three or six (bench U2).
 */
const firstTrials = { each: 2, min: 4, max: 10 };
/** The most results that the model learns from; its cost grows with their cube. */
const observedMax = 200;
const climbRounds = 40;
const candidates = { everywhere: 1000, nearBest: 500, refined: 5, refinements: 15, tries: 15 };

export function suggestBayesian({ space, seed, tried, earlier = [], sameScale = false }: Question): Values {
  const random = randomOf(seed, tried.length, 1);
  const isNew = newAmong(space, tried);
  const known = knownResults(space, sameScale ? [...earlier.flat(), ...tried] : tried);
  const first = Math.min(firstTrials.max, Math.max(firstTrials.min, firstTrials.each * space.length));
  if (known.length >= first) {
    const values = bestExpected(space, known, runningPlaces(space, tried), random, isNew);
    if (values !== undefined) return values;
  }
  // Where losses do not compare, what was best elsewhere is tried here first; half of the first trials look around.
  const promising = sameScale || tried.length >= first / 2 ? undefined : bestElsewhere(space, earlier).find(isNew);
  return promising ?? firstDesign(space, seed, tried.length, isNew, random);
}

/** Values of earlier searches that lie in the space: the best of each, then the second best of each, and so on. */
function bestElsewhere(space: Space, earlier: readonly (readonly Tried[])[]): Values[] {
  const ranked = earlier.map((list) =>
    list
      .filter(({ values, loss }) => loss !== undefined && placeOf(space, values)?.every((at) => at >= 0 && at <= 1))
      .sort((left, right) => left.loss! - right.loss!),
  );
  const longest = Math.max(0, ...ranked.map((list) => list.length));
  return Array.from({ length: longest }, (_, rank) => ranked.flatMap((list) => list[rank] ?? []))
    .flat()
    .map(({ values }) => valuesAt(space, placeOf(space, values)!));
}

interface Known {
  place: Place;
  value: number;
}

/** Places and standardised losses of the trials that ended. */
function knownResults(space: Space, tried: readonly Tried[]): Known[] {
  const ended = tried.flatMap(({ values, loss, failed }) => {
    const place = placeOf(space, values);
    const usable = loss !== undefined && Number.isFinite(loss) ? loss : undefined;
    return place === undefined || (usable === undefined && failed !== true) ? [] : [{ place, loss: usable }];
  });
  const losses = ended.flatMap(({ loss }) => loss ?? []);
  if (losses.length === 0) return [];
  const standard = standardised(losses);
  // A failure is as bad as the worst result: the model learns to keep away from it.
  const worst = Math.max(...losses.map(standard));
  const all = ended.map(({ place, loss }) => ({ place, value: loss === undefined ? worst : standard(loss) }));
  if (all.length <= observedMax) return all;
  const best = [...all].sort((left, right) => left.value - right.value).slice(0, observedMax / 2);
  const kept = new Set([...best, ...all.slice(-observedMax / 2)]);
  return all.filter((each) => kept.has(each));
}

/**
 * Losses are often huge where training diverges. What is much further above the median than the better half is below it
 * says only that it is bad, and would flatten all else.
 */
function standardised(losses: readonly number[]): (loss: number) => number {
  const sorted = [...losses].sort((left, right) => left - right);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const spread = median - (sorted[0] ?? 0);
  const cap = spread > 0 ? median + 3 * spread : (sorted.at(-1) ?? 0);
  const capped = losses.map((loss) => Math.min(loss, cap));
  const mean = capped.reduce((sum, loss) => sum + loss, 0) / capped.length;
  const deviation = Math.sqrt(capped.reduce((sum, loss) => sum + (loss - mean) ** 2, 0) / capped.length) || 1;
  return (loss) => (Math.min(loss, cap) - mean) / deviation;
}

const runningPlaces = (space: Space, tried: readonly Tried[]): Place[] =>
  tried
    .filter(({ loss, failed }) => loss === undefined && failed !== true)
    .flatMap(({ values }) => placeOf(space, values) ?? []);

function bestExpected(
  space: Space,
  known: readonly Known[],
  running: readonly Place[],
  random: Random,
  isNew: (values: Values) => boolean,
): Values | undefined {
  const categorical = space.map(({ kind }) => kind === 'categorical');
  const ended: Observed = {
    places: known.map(({ place }) => place),
    values: Float64Array.from(known, ({ value }) => value),
    categorical,
  };
  const parameters = climb(ended, priorMeans(space.length), climbRounds);
  const learned = processOf(ended, parameters);
  if (learned === undefined) return undefined;
  const expected = running.map((place) => learned.at(place).mean);
  const model =
    running.length === 0
      ? learned
      : processOf(
          {
            places: [...ended.places, ...running],
            values: Float64Array.from([...ended.values, ...expected]),
            categorical,
          },
          parameters,
        );
  if (model === undefined) return undefined;
  // With noise the best result may be luck; what the model holds of it is not.
  const best = Math.min(...ended.places.map((place) => model.at(place).mean));
  return maximise(space, model, best, ended, random, isNew);
}

function maximise(
  space: Space,
  model: GaussianProcess,
  best: number,
  { places, values }: Observed,
  random: Random,
  isNew: (values: Values) => boolean,
): Values | undefined {
  const scoreOf = (place: Place): number => {
    const { mean, variance } = model.at(place);
    return logExpectedImprovement(mean, variance, best);
  };
  const order = [...places.keys()].sort((left, right) => values[left]! - values[right]!);
  const starts = order.slice(0, candidates.refined).map((at) => places[at]!);
  let found: { place: Place; score: number }[] = [];
  // Among endlessly many values one hardly meets those that were tried: the winner is looked at again.
  const isCountable = Number.isFinite(combinationCount(space));
  const isCandidate = (place: Place): boolean => !isCountable || isNew(valuesAt(space, place));
  const consider = (place: Place): void => {
    const there = snapped(space, place);
    if (isCandidate(there)) found.push({ place: there, score: scoreOf(there) });
  };
  for (let count = 0; count < candidates.everywhere; count += 1) consider(randomPlace(space, random));
  for (let count = 0; count < candidates.nearBest; count += 1)
    consider(near(space, starts[count % starts.length]!, 0.1, random));
  found.sort((left, right) => right.score - left.score);
  found = found.slice(0, candidates.refined);
  for (const start of [...found]) {
    let here = start;
    for (let round = 0, width = 0.1; round < candidates.refinements; round += 1, width *= 0.75) {
      for (let count = 0; count < candidates.tries; count += 1) {
        const place = snapped(space, near(space, here.place, width, random));
        const score = scoreOf(place);
        if (score > here.score && isCandidate(place)) here = { place, score };
      }
    }
    found.push(here);
  }
  return found
    .sort((left, right) => right.score - left.score)
    .map(({ place }) => valuesAt(space, place))
    .find(isNew);
}

/** A place nearby: about two coordinates move, a category to any other. */
function near(space: Space, from: Place, width: number, random: Random): Place {
  const share = Math.min(1, 2 / space.length);
  const sure = Math.floor(random.uniform() * space.length);
  return from.map((coordinate, at) => {
    if (at !== sure && random.uniform() >= share) return coordinate;
    if (space[at]?.kind === 'categorical') return random.uniform();
    return Math.min(1, Math.max(0, coordinate + width * random.normal()));
  });
}

/**
 * The first trials fill the space evenly: the additive sequence of the generalised golden ratio (M. Roberts, "The
 * Unreasonable Effectiveness of Quasirandom Sequences", 2018), shifted by the seed.
 */
function firstDesign(
  space: Space,
  seed: number,
  index: number,
  isNew: (values: Values) => boolean,
  random: Random,
): Values {
  const shift = randomOf(seed, 2);
  const ratio = goldenRatio(space.length);
  const place = Float64Array.from(space, (_, at) => (shift.uniform() + (index + 1) * ratio ** -(at + 1)) % 1);
  let values = valuesAt(space, place);
  for (let draws = 0; draws < 1000 && !isNew(values); draws += 1) values = valuesAt(space, randomPlace(space, random));
  return values;
}

/** The root above 1 of x^(d+1) = x + 1. */
function goldenRatio(dimensions: number): number {
  let x = 1.5;
  for (let round = 0; round < 40; round += 1) x = (1 + x) ** (1 / (dimensions + 1));
  return x;
}
