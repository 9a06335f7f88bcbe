import type { LinearModel } from '../model.ts';

/** MXNet 1.3.1, the version of the original's artifacts. */
const mxnetVersion = 10301;

/**
 * The network in MXNet's symbol JSON: seven nodes, data (rows x features) . fc0_weight + fc0_bias, then the output.
 * The counter in the names of the two inner nodes carries no meaning; it is 0 here.
 */
export function symbolJson({ featureCount, outputCount, loss }: LinearModel): string {
  const output = outputOperators[loss] ?? 'LinearRegressionOutput';
  const shape = (rows: number): string => `(${rows}, ${outputCount})`;
  const symbol = {
    nodes: [
      { op: 'null', name: 'data', inputs: [] },
      { op: 'null', name: 'fc0_weight', attrs: { __shape__: shape(featureCount) }, inputs: [] },
      { op: 'dot', name: 'dot0', inputs: [input(0), input(1)] },
      { op: 'null', name: 'fc0_bias', attrs: { __lr_mult__: '10.0', __shape__: shape(1) }, inputs: [] },
      { op: 'broadcast_add', name: 'broadcast_plus0', inputs: [input(2), input(3)] },
      { op: 'null', name: 'out_label', inputs: [] },
      { op: output, name: 'out', inputs: [input(4), input(5)] },
    ],
    arg_nodes: [0, 1, 3, 5],
    node_row_ptr: [0, 1, 2, 3, 4, 5, 6, 7],
    heads: [input(6)],
    attrs: { mxnet_version: ['int', mxnetVersion] },
  };
  // MXNet's own writer leaves a blank behind every comma.
  return JSON.stringify(symbol, undefined, 2).replaceAll(',\n', ', \n');
}

/** A node's first output, as MXNet writes an edge. */
const input = (node: number): readonly number[] => [node, 0, 0];

/** Regressions and hinge give the raw sum. */
const outputOperators: Partial<Record<LinearModel['loss'], string>> = {
  logistic: 'LogisticRegressionOutput',
  softmax_loss: 'SoftmaxOutput',
};
