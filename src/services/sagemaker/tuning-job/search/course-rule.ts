import {
  averagesOf,
  type Bands,
  isBelowMedian,
  isOutclassed,
  keptEpochs,
  lossesAt,
  rungsOf,
} from '../../../../tuning/index.ts';
import { arnOf, type Place } from '../../resource.ts';
import type { Objectives } from '../../training-job/objectives.ts';
import { definitionsOf, signOf } from '../definitions.ts';
import type { Trial, TuningJobState } from '../lifecycle.ts';
import { requestOf, type TuningJobBody } from '../record.ts';
import { bandsOf } from './hyperband.ts';

/** Judges running trials by their course: the objective after each epoch so far. */
export interface CourseRule {
  /** Whether the trial is to be stopped. */
  isHopeless(trial: Trial, state: TuningJobState): boolean;
  /** What is kept of the course of a trial that ended. */
  keptOf(trial: Trial, state: TuningJobState): number[];
}

/** The rule that the request asks for; undefined without one. */
export function courseRuleOf(body: TuningJobBody, place: Place, objectives: Objectives): CourseRule | undefined {
  const request = requestOf(body);
  const config = request.HyperParameterTuningJobConfig;
  const courseOf = ({ name }: Trial): readonly number[] => objectives.of(arnOf(place, 'training-job', name));
  const definitions = definitionsOf(request);
  const signs = definitions.map(signOf);
  if (config?.Strategy === 'Hyperband')
    return hyperband(
      definitions.map((each) => bandsOf(request, each)),
      signs,
      courseOf,
    );
  return config?.TrainingJobEarlyStoppingType === 'Auto' ? medianRule(signs, courseOf) : undefined;
}

type CourseOf = (trial: Trial) => readonly number[];

const medianRule = (signs: readonly (1 | -1)[], courseOf: CourseOf): CourseRule => ({
  isHopeless(trial, { ended }) {
    const course = courseOf(trial);
    if (!keptEpochs.includes(course.length)) return false;
    const earlier = ended
      .filter(({ definition }) => definition === trial.definition)
      .flatMap(({ end }) => [end?.course ?? []]);
    return isBelowMedian(course, earlier, signs[trial.definition] ?? 1);
  },
  keptOf: (trial) => averagesOf(courseOf(trial)),
});

function hyperband(bands: readonly (Bands | undefined)[], signs: readonly (1 | -1)[], courseOf: CourseOf): CourseRule {
  const lossesOf = (trial: Trial): number[] =>
    courseOf(trial).map((objective) => (signs[trial.definition] ?? 1) * objective);
  /** Trials of its own definition that began before it. */
  const placeOf = ({ number, definition }: Trial, { trials }: TuningJobState): number =>
    trials.slice(0, number - 1).filter((other) => other.definition === definition).length;
  const keptOf = (trial: Trial, state: TuningJobState): number[] => {
    const own = bands[trial.definition];
    return own === undefined ? [] : lossesAt(rungsOf(own, placeOf(trial, state)), lossesOf(trial));
  };
  return {
    isHopeless(trial, state) {
      const own = bands[trial.definition];
      const epochs = courseOf(trial).length;
      if (own === undefined || epochs === 0) return false;
      const place = placeOf(trial, state);
      // Between two rungs there is nothing to decide, and a value comes with every line that a program prints.
      if (epochs <= own.max && !rungsOf(own, place).includes(epochs)) return false;
      const others = state.trials
        .filter(({ definition, number }) => definition === trial.definition && number !== trial.number)
        .map((other) => ({ trial: placeOf(other, state), losses: other.end?.course ?? keptOf(other, state) }));
      return isOutclassed(own, place, lossesOf(trial), others);
    },
    keptOf,
  };
}
