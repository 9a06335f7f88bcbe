/** Rounds of boosting, with their metrics, until there were enough. */
import { pythonFloat } from '../../../formats/index.ts';
import { alone, type Collective, gathered, onAny } from '../../../learners/index.ts';
import type { Log } from '../../program/output/log.ts';
import type { XgboostSettings } from '../hyperparameters/hyperparameters.ts';
import { Booster, type Evaluation } from '../library/booster.ts';
import type { ChannelMatrix, Channels } from '../rows/read-channels.ts';
import { type BestRound, earlyStopping } from './early-stopping.ts';
import { ownMetric } from './own-metrics.ts';
import { roundLine } from './round-line.ts';

export interface BoostOptions {
  channels: Channels;
  settings: XgboostSettings;
  /** A model from which training continues. */
  start?: Uint8Array | undefined;
  /** The first round, of `settings.roundCount`; above 0 where the start is a checkpoint that has the others. */
  firstRound?: number;
  signal: AbortSignal;
  log: Log;
  nowMs(): number;
  /** The hosts that train with this one; alone when left out. */
  collective?: Collective;
  /** Called after every round. */
  afterRound?(round: number, booster: Booster, evaluations: readonly Evaluation[]): void;
}

export interface Boosted {
  /** The model, up to its best round when training stopped early. */
  booster: Booster;
  /** Whether the signal ended it. */
  stopped: boolean;
  /** The metrics of the last round. */
  evaluations: readonly Evaluation[];
}

/** The longest time that lines of the log wait. */
const flushEveryMs = 250;

/** The names that XGBoost's own callback uses: programs that predict with the model read them. */
const bestAttributes = { round: 'best_iteration', score: 'best_score' } as const;

/** Trains a model; where it stops early, that of the best round. Throws LibraryError. */
export function boost(options: BoostOptions): Boosted {
  const { channels, settings, signal, log, nowMs, firstRound = 0, collective = alone, afterRound } = options;
  const booster = openBooster(options);
  const earlierRounds = booster.roundCount - firstRound;
  const stopping = stoppingOf(options, booster, earlierRounds);
  const best = new Best(booster, settings);
  let evaluations: readonly Evaluation[] = [];
  let flushedAtMs = 0;
  let round = firstRound;
  // A stop reaches the hosts at different moments, and all of them must end after the same round.
  let stopped = false;
  for (; round < settings.roundCount; round++) {
    stopped = onAny(collective, signal.aborted);
    if (stopped) break;
    booster.update(round, channels.train.matrix);
    evaluations = evaluate(booster, round, channels, settings, collective);
    if (collective.rank === 0) log.raw(roundLine(round, evaluations));
    if (nowMs() - flushedAtMs > flushEveryMs) {
      log.flush();
      flushedAtMs = nowMs();
    }
    const enough = stopping?.after(round, evaluations) === true;
    if (stopping?.best?.round === round) best.is(earlierRounds + round, stopping.best.score);
    afterRound?.(round, booster, evaluations);
    if (!enough) continue;
    const kept = stopping?.best === undefined ? '' : `: the best round, ${stopping.best.round}, is kept`;
    log.line(`Stopping early after ${settings.earlyStoppingRounds} rounds without improvement${kept}`);
    break;
  }
  return { booster: best.take(), stopped, evaluations };
}

function openBooster({ channels, settings, start, firstRound = 0 }: BoostOptions): Booster {
  const { train, validation } = channels;
  const { library } = train.matrix;
  const booster = Booster.create(
    library,
    validation === undefined ? [train.matrix] : [train.matrix, validation.matrix],
  );
  if (start !== undefined) booster.load(start);
  // The best round of an earlier training is none of this one's.
  if (start !== undefined && firstRound === 0)
    for (const name of Object.values(bestAttributes)) booster.setAttribute(name, undefined);
  for (const [name, value] of settings.parameters) booster.setParameter(name, value);
  booster.setParameter('validate_parameters', '1');
  return booster;
}

function stoppingOf({ channels, settings, log }: BoostOptions, booster: Booster, earlierRounds: number) {
  const { earlyStoppingRounds: rounds, metrics } = settings;
  if (rounds === undefined) return undefined;
  if (channels.validation === undefined) {
    log.line('early_stopping_rounds has no effect: there is no channel "validation"', 'WARNING');
    return undefined;
  }
  const round = booster.attribute(bestAttributes.round);
  const known: BestRound | undefined =
    round === undefined
      ? undefined
      : { round: Number(round) - earlierRounds, score: Number(booster.attribute(bestAttributes.score)) };
  return earlyStopping(rounds, { metric: metrics.at(-1), known, lastRound: booster.roundCount - earlierRounds - 1 });
}

/** Remembers the best round, so that later ones can be left out. */
class Best {
  readonly #booster: Booster;
  readonly #isLinear: boolean;
  readonly #isUpdate: boolean;
  /** The best linear model so far: its rounds cannot be separated later. */
  #bytes: Uint8Array | undefined;

  constructor(booster: Booster, { parameters }: XgboostSettings) {
    this.#booster = booster;
    const has = (name: string, value: string): boolean =>
      parameters.some((each) => each[0] === name && each[1] === value);
    this.#isLinear = has('booster', 'gblinear');
    this.#isUpdate = has('process_type', 'update');
  }

  is(round: number, score: number): void {
    this.#booster.setAttribute(bestAttributes.round, String(round));
    this.#booster.setAttribute(bestAttributes.score, pythonFloat(score));
    if (this.#isLinear) this.#bytes = this.#booster.save('ubj');
  }

  take(): Booster {
    const booster = this.#booster;
    const [round, score] = [bestAttributes.round, bestAttributes.score].map((name) => booster.attribute(name));
    if (round === undefined || score === undefined || this.#isUpdate) return booster;
    if (this.#isLinear) {
      if (this.#bytes !== undefined) booster.load(this.#bytes);
      return booster;
    }
    const kept = booster.slice(0, Number(round) + 1);
    kept.setAttribute(bestAttributes.round, round);
    kept.setAttribute(bestAttributes.score, score);
    return kept;
  }
}

/** The library's metrics of all channels, then ours. */
function evaluate(
  booster: Booster,
  round: number,
  { train, validation }: Channels,
  { ownMetrics, objective }: XgboostSettings,
  collective: Collective,
): Evaluation[] {
  const named: [string, ChannelMatrix][] = [['train', train]];
  if (validation !== undefined) named.push(['validation', validation]);
  const evaluations = booster.evaluate(
    round,
    named.map(([name, { matrix }]) => ({ name, matrix })),
  );
  if (ownMetrics.length === 0) return evaluations;
  const own = named.flatMap(([of, { matrix, labels }]) => {
    const { values, shape } = booster.predict(matrix);
    const [all, predicted] = [labels, values].map((each) => gathered(collective, each)) as [Float32Array, Float32Array];
    const prediction = { values: predicted, shape: [all.length, ...shape.slice(1)] };
    return ownMetrics.map((metric) => ({ of, metric, value: ownMetric(metric, objective, all, prediction) }));
  });
  return [...evaluations, ...own];
}
