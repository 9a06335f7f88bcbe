import type { MetricDefinition } from '../../contract/index.ts';

/**
 * The service's own metric definitions of Linear Learner, as DescribeHyperParameterTuningJob answered them in 2020,
 * and three that the documentation added later: forty, the most that a request may hold, so that a described job can be
 * created again. They are facts of the service; training-log.ts prints the lines.
 */
export const linearLearnerMetrics: readonly MetricDefinition[] = [
  { name: 'train:progress', regex: String.raw`#progress_metric: host=\S+, completed (\S+) %` },
  { name: 'train:throughput', regex: String.raw`#throughput_metric: host=\S+, train throughput=(\S+) records/second` },
  ...['train', 'validation'].flatMap((channel) => [
    {
      name: `${channel}:objective_loss`,
      regex: String.raw`#quality_metric: host=\S+, epoch=\S+, ${channel} \S+_objective <loss>=(\S+)`,
    },
    {
      name: `${channel}:objective_loss:final`,
      regex: String.raw`#quality_metric: host=\S+, ${channel} \S+_objective <loss>=(\S+)`,
    },
  ]),
  { name: 'test:objective_loss', regex: String.raw`#quality_metric: host=\S+, test \S+_objective <loss>=(\S+)` },
  ...['train', 'validation', 'test'].flatMap((channel) => [
    quality(channel, 'mse', 'mse', 'loss'),
    quality(channel, 'absolute_loss', 'absolute_loss', 'loss'),
    quality(channel, 'binary_classification_accuracy', 'binary_classification_accuracy', 'score'),
    quality(channel, 'binary_f_beta', String.raw`binary_f_\S+`, 'score'),
    quality(channel, 'precision', 'precision', 'score'),
    quality(channel, 'recall', 'recall', 'score'),
  ]),
  ...['validation', 'test'].flatMap((channel) => [
    quality(channel, 'multiclass_accuracy', 'multiclass_accuracy', 'score'),
    quality(channel, 'multiclass_top_k_accuracy', String.raw`multiclass_top_k_accuracy_\S+`, 'score'),
    quality(channel, 'dcg', 'dcg', 'score'),
    quality(channel, 'macro_recall', 'macro_recall', 'score'),
    quality(channel, 'macro_precision', 'macro_precision', 'score'),
    quality(channel, 'macro_f_beta', String.raw`macro_f_\S+`, 'score'),
    quality(channel, 'roc_auc_score', 'roc_auc_score', 'score'),
  ]),
  quality('validation', 'rmse', 'rmse', 'loss'),
  // Ours: a job without a validation channel reports its area under the curve too.
  { ...quality('train', 'roc_auc_score', 'roc_auc_score', 'score'), unlisted: true },
];

function quality(channel: string, name: string, printed: string, kind: 'loss' | 'score'): MetricDefinition {
  return {
    name: `${channel}:${name}`,
    regex: String.raw`#quality_metric: host=\S+, ${channel} ${printed} <${kind}>=(\S+)`,
  };
}
