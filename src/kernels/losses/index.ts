import type { LossFamily } from '../wasm/design/family.ts';
import { absolute } from './absolute.ts';
import { boundedAbsolute } from './bounded-absolute.ts';
import { epsilonAbsolute } from './epsilon-absolute.ts';
import { epsilonSquared } from './epsilon-squared.ts';
import { hinge } from './hinge.ts';
import { huber } from './huber.ts';
import { logistic } from './logistic.ts';
import type { Loss, LossDefinition, LossFacts, LossOfScore, LossParameters } from './loss.ts';
import { quantile } from './quantile.ts';
import { softmax } from './softmax.ts';
import { squared } from './squared.ts';

/**
 * Every loss, by the word that a shape calls it; a predictor's first is its default. A new loss is a file, a line here and
 * a test. Nothing else asks for a loss by its name: its object holds what kernels, solvers and statistics need of it.
 */
const losses = {
  logistic,
  hinge,
  squared,
  absolute,
  'bounded-absolute': boundedAbsolute,
  'epsilon-squared': epsilonSquared,
  'epsilon-absolute': epsilonAbsolute,
  quantile,
  huber,
  softmax,
} as const;

type Losses = typeof losses;
type ParametersOf<Definition> = Definition extends LossDefinition<unknown, infer Parameters, Loss> ? Parameters : never;

/** A loss as data, that threads can be sent and modules be kept by. */
export type LossShape = { [Kind in keyof Losses]: { kind: Kind } & ParametersOf<Losses[Kind]> }[keyof Losses];
export type ManyOutputs = Extract<LossShape, { outputs: number }>;
export type ScalarShape = Exclude<LossShape, ManyOutputs>;

/** A loss of one score, and the shape it was made from. */
export interface ScalarLoss extends LossOfScore, LossFacts {
  readonly shape: ScalarShape;
}

/** The object of a loss. */
export function lossOf(shape: ScalarShape): ScalarLoss;
export function lossOf(shape: LossShape): Loss & LossFacts & Partial<Omit<LossOfScore, keyof Loss>>;
export function lossOf(shape: LossShape): Loss & LossFacts {
  let loss = made.get(shape);
  if (loss === undefined) {
    const definition = losses[shape.kind];
    loss = { ...definition, ...definition.of(shape as never), shape };
    made.set(shape, loss);
  }
  return loss;
}

const made = new WeakMap<LossShape, Loss & LossFacts & { shape: LossShape }>();

/** Whether a model has several scores, as of classes. */
export const hasManyOutputs = (shape: LossShape): shape is ManyOutputs => 'outputs' in shape;

/** Scores of one model. */
export const outputsOf = (shape: LossShape): number => (hasManyOutputs(shape) ? shape.outputs : 1);

export const lossKinds = Object.keys(losses) as readonly LossShape['kind'][];

type Named = Exclude<Losses[keyof Losses], { name: undefined }>;

/** How the hyperparameter `loss` calls them. */
export type LossName = Named['name'];

const named = new Map<string, Named & { kind: LossShape['kind'] }>();
for (const [kind, definition] of Object.entries(losses))
  if (definition.name !== undefined) named.set(definition.name, { ...definition, kind: kind as LossShape['kind'] });

export const lossNames = [...named.keys()] as readonly LossName[];

/** What is known of a loss by its name. */
export const lossFacts = (name: LossName): LossFacts & { isBoundable?: boolean } => named.get(name)!;

/** The shape of a loss of one score by its name, with the hyperparameters given. */
export function shapeNamed(name: LossName, parameters: LossParameters): ScalarShape {
  const definition = named.get(name)!;
  return { kind: definition.kind, ...definition.parametersOf(parameters) } as ScalarShape;
}

/** Losses of one score as functions of double precision: the number of a family is its place. */
export const lossFamilies: readonly LossFamily[] = [
  ...new Set(Object.values(losses).flatMap(({ family }) => family ?? [])),
];

/** Of a loss of one score, its family's number and parameters. */
export const familyOf = (shape: ScalarShape, width: number): { family: number; parameters: readonly number[] } => ({
  family: lossFamilies.indexOf(losses[shape.kind].family),
  parameters: lossOf(shape).familyParameters(width),
});

/** A key of the code that a loss compiles to. */
export const codeKeyOf = (shape: LossShape): string =>
  JSON.stringify(shape, (_, value) => (ArrayBuffer.isView(value) ? undefined : value));
