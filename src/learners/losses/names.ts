export type PredictorType = 'regressor' | 'binary_classifier' | 'multiclass_classifier';

export type LossName =
  | 'squared_loss'
  | 'absolute_loss'
  | 'quantile_loss'
  | 'huber_loss'
  | 'eps_insensitive_squared_loss'
  | 'eps_insensitive_absolute_loss'
  | 'logistic'
  | 'hinge_loss'
  | 'softmax_loss';
