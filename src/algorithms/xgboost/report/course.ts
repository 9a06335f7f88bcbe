/** The metrics of the rounds, for the report. */
import type { LearningCurve } from '../../../reports/index.ts';
import type { XgboostSettings } from '../hyperparameters/hyperparameters.ts';
import type { Evaluation } from '../library/booster.ts';

/** Points of a curve: more cannot be told apart in a picture. */
const pointsMax = 200;

function thinned(points: readonly [number, number][]): [number, number][] {
  if (points.length <= pointsMax) return [...points];
  return Array.from(
    { length: pointsMax },
    (_, at) => points[Math.round((at * (points.length - 1)) / (pointsMax - 1))]!,
  );
}

export class Course {
  /** The metric that stops early, the last one that was asked for. */
  readonly #metric: string | undefined;
  readonly #curves = new Map<string, { measure: string; points: [number, number][] }>();

  constructor({ metrics }: Pick<XgboostSettings, 'metrics'>) {
    this.#metric = metrics.at(-1);
  }

  add(round: number, evaluations: readonly Evaluation[]): void {
    for (const { of, metric, value } of evaluations) {
      const curve = this.#curves.get(of);
      const measure =
        curve?.measure ?? (evaluations.some((each) => each.metric === this.#metric) ? this.#metric! : metric);
      if (metric !== measure || !Number.isFinite(value)) continue;
      if (curve === undefined) this.#curves.set(of, { measure, points: [[round + 1, value]] });
      else curve.points.push([round + 1, value]);
    }
  }

  curves(): LearningCurve[] {
    return [...this.#curves].map(([name, { measure, points }]) => ({
      name,
      measure,
      step: 'round',
      points: thinned(points),
    }));
  }
}
