import type { Logistic } from '../logistic.ts';
import type { CodeOfLoss } from '../wasm/dense/loss-code.ts';
import type { LossFamily } from '../wasm/design/family.ts';
import type { LossPieces } from './pieces.ts';

/** The hyperparameters that losses take. */
export interface LossParameters {
  margin: number;
  quantile: number;
  /** In the units of the labels the loss sees. */
  lossInsensitivity: number;
  huberDelta: number;
}

/** How served values follow from scores. */
export type Link = 'identity' | 'logit' | 'multinomial';

/** What is known of a loss by its name alone. */
export interface LossFacts {
  /** Name of the training and validation objective in the log. */
  readonly objectiveName: string;
  /** The same where rows of label 1 are weighted, if that has a name of its own. */
  readonly weightedObjectiveName?: string;
  readonly link: Link;
  /** Whom it is for. Binary classifiers may have the losses of regressors too, of the labels 0 and 1. */
  readonly predictor: 'regressor' | 'binary_classifier' | 'multiclass_classifier';
  /** The hyperparameters it takes. */
  readonly takes: readonly (keyof LossParameters)[];
}

/** How coefficients are estimated and tested under a loss. */
export interface Estimation {
  readonly method: 'least squares' | 'maximum likelihood' | 'M-estimation' | 'quantile regression';
  /** The sandwich's correction for few rows. */
  readonly correction: 'HC1' | 'HC2' | 'HC3';
  /** Whether the tests hold for labels 0 and 1 too. */
  readonly testsClasses: boolean;
  /** Whether Firth's penalty gives finite estimates where classes fall apart. */
  readonly hasFirth?: boolean;
  /** Of quantile regression. */
  readonly quantile?: number;
}

/** What solvers and statistics ask of every loss. Curvatures are of what is descended, in the scores. */
export interface Loss {
  /** Scores of one model. */
  readonly outputs: number;
  /** Upper bound of the curvature. */
  readonly curvatureMax: number;
  /** Whether the curvature is the same everywhere, so that one Hessian serves all points. */
  readonly hasConstantCurvature: boolean;
  /** False where the loss falls for ever along a direction that separates the classes. */
  readonly attainsMinimum: boolean;
  /** Undefined where no test is valid. */
  readonly estimation?: Estimation;
  /** The loss as a piecewise linear-quadratic function, where it is one that bends in few places. */
  readonly pieces?: LossPieces;
}

export const commonLoss = {
  outputs: 1,
  curvatureMax: 1,
  hasConstantCurvature: false,
  attainsMinimum: true,
} as const;

/** Value of what is descended, with its first and second derivative in the score. */
export interface Derivatives {
  value: number;
  slope: number;
  curvature: number;
}

export const makeDerivatives = (): Derivatives => ({ value: 0, slope: 0, curvature: 0 });

export function set(out: Derivatives, value: number, slope: number, curvature: number): void {
  out.value = value;
  out.slope = slope;
  out.curvature = curvature;
}

/** Writes the derivatives at a score, for a label. */
export type Derive = (score: number, label: number, out: Derivatives) => void;

/**
 * A loss of one score f against one label y. Formulas: Amazon's article on Linear Learner's losses (2018), in which
 * e = f - y. `value` is what is reported; `slope` is what is descended, d value / d f up to the factor 1/2 of squares.
 */
export interface LossOfScore extends Loss {
  value(score: number, label: number): number;
  slope(score: number, label: number): number;
  /** Exact derivatives, of a loss that has a slope everywhere. */
  readonly exact?: Derive;
  /** Derivatives with the kinks rounded over a width, for Newton's steps; the curvature is above 0 everywhere. */
  rounded(score: number, label: number, width: number, out: Derivatives): void;
  /** The same values by kernels of its own. */
  readonly overRows?: (kernels: Logistic, scores: Float64Array, labels: Float64Array, values: Float64Array) => void;
  /** The functions of a descent in single precision. */
  readonly code: CodeOfLoss;
  /** What the family's function of a design in double precision is given. */
  familyParameters(width: number): readonly number[];
}

/** A loss as its file gives it: facts, and the functions of its parameters. */
export interface LossDefinition<Name, Parameters, Made> extends LossFacts {
  /** How the hyperparameter `loss` calls it; undefined for one that only stands in for another. */
  readonly name: Name;
  /** Its own parameters from the hyperparameters. */
  parametersOf(given: LossParameters): Parameters;
  /** Its double-precision functions; undefined for several scores. */
  readonly family: LossFamily | undefined;
  /** The labels' low and high where predictions are cut to them: see the bounded absolute loss. */
  readonly isBoundable?: boolean;
  of(parameters: Parameters): Made;
}

/** What a file need not say is as most losses have it. */
type Given<Made extends Loss> = Omit<Made, keyof typeof commonLoss> & Partial<Pick<Made, keyof typeof commonLoss>>;

/** Defines a loss of one score. */
export const scalarLoss = <const Name extends string | undefined, Parameters>(
  definition: LossDefinition<Name, Parameters, Given<LossOfScore>> & { family: LossFamily },
): LossDefinition<Name, Parameters, LossOfScore> & { family: LossFamily } => ({
  ...definition,
  of: (parameters) => ({ ...commonLoss, ...definition.of(parameters) }),
});
