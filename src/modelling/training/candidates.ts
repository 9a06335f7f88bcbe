import type { LabelDecision } from '../../tables/index.ts';
import type { AlgorithmWish } from './wishes.ts';

/** A way to train, to be compared with others. */
export interface Candidate {
  name: string;
  algorithm: 'linear-learner' | 'xgboost';
  /** How columns are prepared for it. */
  learner: 'linear' | 'trees';
  hyperparameters: Readonly<Record<string, string>>;
  /** Rows of the training rows are set aside to stop it. */
  stopsEarly: boolean;
}

/** Products of all features are tried where rows, products and classes multiply to no more than this: half a minute or so. */
const productCellsMax = 3e7;
const productFeaturesMax = 100;

export interface CandidateFacts {
  label: Pick<LabelDecision, 'task' | 'classes'>;
  rowCount: number;
  featureCount: number;
  seed: number;
}

/** The ways that a wish means, the simplest first. */
export function candidatesOf(wish: AlgorithmWish, hasLibrary: boolean, facts: CandidateFacts): Candidate[] {
  if (wish === 'linear-learner') return [linear(facts)];
  if (wish === 'xgboost') return [boosted(facts)];
  const { rowCount, featureCount, label } = facts;
  const productCount = (featureCount * (featureCount + 1)) / 2;
  const triesProducts =
    featureCount > 1 &&
    featureCount <= productFeaturesMax &&
    rowCount * (featureCount + productCount) * Math.max(1, label.classes.length - 1) <= productCellsMax;
  return [linear(facts), ...(triesProducts ? [withProducts(facts)] : []), ...(hasLibrary ? [boosted(facts)] : [])];
}

function linear({ label, seed }: CandidateFacts): Candidate {
  const { task, classes } = label;
  return {
    name: 'linear-learner',
    algorithm: 'linear-learner',
    learner: 'linear',
    stopsEarly: false,
    hyperparameters: {
      predictor_type:
        task === 'binary' ? 'binary_classifier' : task === 'multiclass' ? 'multiclass_classifier' : 'regressor',
      ...(task === 'multiclass' && { num_classes: String(classes.length) }),
      seed: String(seed),
    },
  };
}

function withProducts(facts: CandidateFacts): Candidate {
  const base = linear(facts);
  const hyperparameters = { ...base.hyperparameters, polynomial_degree: '2', interactions: 'all' };
  return { ...base, name: 'linear-learner with products', hyperparameters };
}

const objectives = {
  binary: ['binary:logistic', 'logloss'],
  multiclass: ['multi:softprob', 'mlogloss'],
  regression: ['reg:squarederror', 'rmse'],
} as const;

function boosted({ label: { task, classes }, seed }: CandidateFacts): Candidate {
  const [objective, metric] = objectives[task];
  return {
    name: 'xgboost',
    algorithm: 'xgboost',
    learner: 'trees',
    stopsEarly: true,
    hyperparameters: {
      objective,
      eval_metric: metric,
      ...(task === 'multiclass' && { num_class: String(classes.length) }),
      num_round: '1000',
      early_stopping_rounds: '30',
      eta: '0.05',
      max_depth: '6',
      subsample: '0.8',
      colsample_bytree: '0.8',
      tree_method: 'hist',
      seed: String(seed),
    },
  };
}
