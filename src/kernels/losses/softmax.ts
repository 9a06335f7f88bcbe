import { commonLoss, type Loss, type LossDefinition } from './loss.ts';

/**
 * -c[y] log softmax(f)[y] over `outputs` scores, y a class, with slopes c[y] (softmax(f)[k] - [k = y]). Losses of several
 * scores have kernels and points of their own: see `hasManyOutputs`.
 */
export const softmax: LossDefinition<'softmax_loss', { outputs: number; classWeight: Float64Array }, Loss> = {
  name: 'softmax_loss',
  predictor: 'multiclass_classifier',
  objectiveName: 'multiclass_cross_entropy_objective',
  link: 'multinomial',
  takes: [],
  parametersOf: () => ({ outputs: 2, classWeight: Float64Array.of(1, 1) }),
  family: undefined,
  of: ({ outputs: K }) => ({
    ...commonLoss,
    outputs: K,
    curvatureMax: (K - 1) / K / K,
    attainsMinimum: false,
    estimation: { method: 'maximum likelihood', correction: 'HC1', testsClasses: true },
  }),
};
