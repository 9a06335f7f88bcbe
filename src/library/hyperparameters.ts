// Written by `npm run check` from the table of hyperparameters that jobs are checked by: edit that instead.

/** The hyperparameters of the Linear Learner: names, defaults and ranges of training jobs. */
export interface Hyperparameters {
  /** Kind of target. */
  predictor_type: 'binary_classifier' | 'multiclass_classifier' | 'regressor';
  /**
   * Rows per update. Not given, and unless compatibility=amazon: for rows held in memory a hundredth of them, between
   * 32 (1 with exact=false) and 1000 (of at least 1). Default: `1000`.
   */
  mini_batch_size?: number;
  /** Passes over the training data, at most (of at least 1). Default: `15`. */
  epochs?: number;
  /** Number of features of a row; auto takes it from the data (of at least 1). Default: `auto`. */
  feature_dim?: number | 'auto';
  /** Whether the model has an intercept. Default: `true`. */
  use_bias?: boolean;
  /** What chooses the model and its threshold. For binary_classifier. Default: `accuracy`. */
  binary_classifier_model_selection_criteria?:
    | 'accuracy'
    | 'f_beta'
    | 'f1'
    | 'precision_at_target_recall'
    | 'recall_at_target_precision'
    | 'loss_function'
    | 'cross_entropy_loss';
  /** Beta of every F score (above 0). For binary_classifier, multiclass_classifier. Default: `1.0`. */
  f_beta?: number;
  /** Recall to hold while precision is maximised (above 0 and below 1). For binary_classifier. Default: `0.8`. */
  target_recall?: number;
  /** Precision to hold while recall is maximised (above 0 and below 1). For binary_classifier. Default: `0.8`. */
  target_precision?: number;
  /**
   * Models trained side by side; auto: 32, or 28 for several classes, fewer where they would take more than 1 GiB (of
   * at least 1 and at most 1000). Default: `auto`.
   */
  num_models?: number | 'auto';
  /** Most rows that tune the threshold (of at least 1). For binary_classifier. Default: `10000000`. */
  num_calibration_samples?: number | 'auto';
  /** Distribution of the initial weights. Default: `uniform`. */
  init_method?: 'uniform' | 'normal';
  /** Half-width of the uniform initial weights (above 0). Default: `0.07`. */
  init_scale?: number;
  /** Standard deviation of the normal initial weights (above 0). Default: `0.01`. */
  init_sigma?: number;
  /** Initial intercept. Default: `0.0`. */
  init_bias?: number;
  /** Update rule of streaming; auto: adam, and the search then solves penalties of its own. Default: `auto`. */
  optimizer?: 'auto' | 'sgd' | 'adam' | 'rmsprop';
  /** Training loss; must fit predictor_type. auto: squared_loss, logistic or softmax_loss. Default: `auto`. */
  loss?:
    | 'auto'
    | 'logistic'
    | 'hinge_loss'
    | 'squared_loss'
    | 'absolute_loss'
    | 'eps_insensitive_squared_loss'
    | 'eps_insensitive_absolute_loss'
    | 'quantile_loss'
    | 'huber_loss'
    | 'softmax_loss';
  /** Margin of hinge_loss (of at least 0). For binary_classifier. Default: `1.0`. */
  margin?: number;
  /** Quantile of quantile_loss (above 0 and below 1). For regressor, binary_classifier. Default: `0.5`. */
  quantile?: number;
  /** Epsilon of the eps_insensitive losses (above 0). For regressor, binary_classifier. Default: `0.01`. */
  loss_insensitivity?: number;
  /** Delta of huber_loss (above 0). For regressor, binary_classifier. Default: `1.0`. */
  huber_delta?: number;
  /**
   * Number of classes; labels are 0 to num_classes - 1 (of at least 1 and at most 1000000). For multiclass_classifier.
   * Default: `1`.
   */
  num_classes?: number;
  /** k of the top-k accuracy (of at least 1 and at most 1000000). For multiclass_classifier. Default: `3`. */
  accuracy_top_k?: number;
  /** L2 penalty (weight decay); auto: searched (of at least 0). Default: `auto`. */
  wd?: number | 'auto';
  /** L1 penalty; auto: 0 while streaming, searched for smooth losses (of at least 0). Default: `auto`. */
  l1?: number | 'auto';
  /** Momentum of sgd; auto: 0 (of at least 0 and below 1). Default: `auto`. */
  momentum?: number | 'auto';
  /** Initial step size; auto: two or more of each optimizer are tried (above 0). Default: `auto`. */
  learning_rate?: number | 'auto';
  /** First-moment decay of adam; auto: 0.9 (of at least 0 and below 1). Default: `auto`. */
  beta_1?: number | 'auto';
  /** Second-moment decay of adam; auto: 0.999 (of at least 0 and below 1). Default: `auto`. */
  beta_2?: number | 'auto';
  /** Step size of the intercept, as a multiple of learning_rate; auto: 10 (above 0). Default: `auto`. */
  bias_lr_mult?: number | 'auto';
  /** Penalty of the intercept, as a multiple of wd; auto: 0 (of at least 0). Default: `auto`. */
  bias_wd_mult?: number | 'auto';
  /** Whether the step size decays. Default: `true`. */
  use_lr_scheduler?: boolean;
  /** Updates between two decays; auto: 10 and 100 are tried (of at least 1). Default: `auto`. */
  lr_scheduler_step?: number | 'auto';
  /** Factor of one decay; auto: 0.99 (above 0 and below 1). Default: `auto`. */
  lr_scheduler_factor?: number | 'auto';
  /**
   * Step size below which it does not decay; auto: 1e-5, with compatibility=amazon 1e-4 too (above 0). Default:
   * `auto`.
   */
  lr_scheduler_minimum_lr?: number | 'auto';
  /**
   * Weight of the positive rows; balanced: negatives over positives; auto: 1, balanced and their geometric mean are
   * tried (above 0). For binary_classifier. Default: `1.0`.
   */
  positive_example_weight_mult?: number | 'auto' | 'balanced';
  /** Whether rare classes weigh more. For multiclass_classifier. Default: `false`. */
  balance_multiclass_weights?: boolean;
  /** Whether features are scaled to unit standard deviation; auto: true. Default: `true`. */
  normalize_data?: boolean | 'auto';
  /** Whether the label is scaled to unit standard deviation; auto: true. For regressor. Default: `auto`. */
  normalize_label?: boolean | 'auto';
  /** Whether dense features are shifted to mean 0; auto: as use_bias. Default: `auto`. */
  unbias_data?: boolean | 'auto';
  /** Whether the label is shifted to mean 0; auto: as use_bias. For regressor. Default: `auto`. */
  unbias_label?: boolean | 'auto';
  /**
   * First rows from which mean and standard deviation are taken. Not given, and unless compatibility=amazon: all rows
   * held in memory, or the first million of a stream (of at least 1). Default: `10000`.
   */
  num_point_for_scaler?: number;
  /** Epochs without improvement before training stops (of at least 1). Default: `3`. */
  early_stopping_patience?: number;
  /** Relative improvement below which there is none (above 0). Default: `0.001`. */
  early_stopping_tolerance?: number;
  /** linnet mends known defects of the original; amazon reproduces it, defects included. Default: `linnet`. */
  compatibility?: 'linnet' | 'amazon';
  /**
   * Start of every random choice: the same job with the same seed gives the same model, byte for byte (of at least 0
   * and at most 4294967295). Default: `0`.
   */
  seed?: number;
  /**
   * Whether a model has the same bytes on every JavaScript engine, in Node and in the browser (no fused multiply-add,
   * own exponentials and logarithms). Default: `false`.
   */
  deterministic?: boolean;
  /**
   * Highest power of each feature that enters the model; auto: 2 where rows left out of training prefer it, else 1 (of
   * at least 1 and at most 5). Default: `1`.
   */
  polynomial_degree?: number | 'auto';
  /**
   * Products of two features: none, all, or pairs of columns from 0 such as 0:1,3:4; auto: all where rows left out of
   * training prefer them, else none. Default: `none`.
   */
  interactions?: string;
  /**
   * Whether models are solved to their optimum; auto: yes, unless a named optimizer trains an earlier model on.
   * Default: `auto`.
   */
  exact?: boolean | 'auto';
  /**
   * Whether intervals, tests, held-out predictions and calibration are computed; auto: what takes some tenths of a
   * second, in a tuning job nothing; true: up to a minute. Default: `auto`.
   */
  statistics?: boolean | 'auto';
  /** Level of the intervals of coefficients (above 0 and below 1). Default: `0.95`. */
  confidence_level?: number;
}
