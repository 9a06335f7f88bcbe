/**
 * A model of XGBoost as an ONNX graph: `features` in, single precision, NaN where missing; out come `score`, what the model
 * answers, and of classifiers `predicted_label`.
 */
import { DataError } from '../../base/index.ts';
import { encodeOnnx, type OnnxConstant, type OnnxNode, type OnnxValue } from '../../formats/index.ts';
import type { BoostedModel, TreeBooster } from './model.ts';
import { type Objective, objectiveOf } from './objectives.ts';

/** The bytes of a model.onnx. Throws DataError for splits by category, which its trees do not have. */
export function boostedModelToOnnx(model: BoostedModel): Uint8Array {
  const { featureCount, groupCount, booster, objective } = model;
  const { link } = objectiveOf(objective);
  const sums = booster.kind === 'trees' ? treeNodes(model, booster) : linearNodes(model, booster.weights);
  const answer = answerNodes(link, objective);
  const isClassifier = /^(binary|multi):/.test(objective);
  const width = link === 'argmax' ? 1 : groupCount;
  const outputs: OnnxValue[] = [
    { name: 'score', kind: 'float32', shape: ['rows', width] },
    ...(isClassifier ? [{ name: 'predicted_label', kind: 'int64', shape: ['rows'] } as const] : []),
  ];
  const nodes = [...sums.nodes, ...answer, ...(isClassifier ? labelNodes(link, objective) : [])];
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  return encodeOnnx({
    name: objective,
    inputs: [{ name: 'features', kind: 'float32', shape: ['rows', featureCount] }],
    outputs,
    nodes,
    constants: [...sums.constants, ...commonConstants].filter(({ name }) => read.has(name)),
  });
}

const commonConstants: readonly OnnxConstant[] = [
  { name: 'zero', kind: 'float32', shape: [], values: [0] },
  { name: 'half', kind: 'float32', shape: [], values: [0.5] },
  // As the shape of an axis: as long as there are values.
  { name: 'flat', kind: 'int64', shape: [1], values: [-1] },
];

interface Part {
  nodes: OnnxNode[];
  constants: OnnxConstant[];
}

function treeNodes({ groupCount, baseMargins, bestIteration }: BoostedModel, booster: TreeBooster): Part {
  const { trees, treeGroups, treeWeights, iterationStarts } = booster;
  if (trees.categories.size > 0) throw new DataError('The model splits by category, which ONNX cannot say of trees');
  const rounds = Math.min(
    bestIteration === undefined ? Number.POSITIVE_INFINITY : bestIteration + 1,
    iterationStarts.length - 1,
  );
  const treeCount = iterationStarts[rounds]!;
  const nodeCount = trees.roots[treeCount]!;
  const ids = { trees: new Int32Array(nodeCount), nodes: new Int32Array(nodeCount) };
  for (let tree = 0; tree < treeCount; tree++) {
    const root = trees.roots[tree]!;
    const end = trees.roots[tree + 1]!;
    for (let node = root; node < end; node++) {
      ids.trees[node] = tree;
      ids.nodes[node] = node - root;
    }
  }
  const nodes = Array.from({ length: nodeCount }, (_, node) => node);
  const isLeaf = (node: number): boolean => trees.features[node]! < 0;
  const leaves = nodes.filter(isLeaf);
  const childOf = (node: number, step: 0 | 1): number =>
    isLeaf(node) ? 0 : trees.lefts[node]! + step - trees.roots[ids.trees[node]!]!;
  const weightOf = (node: number): number => trees.thresholds[node]! * (treeWeights?.[ids.trees[node]!] ?? 1);
  const attributes = {
    n_targets: { int: groupCount },
    aggregate_function: { text: 'SUM' },
    post_transform: { text: 'NONE' },
    base_values: { floats: baseMargins },
    nodes_treeids: { ints: ids.trees },
    nodes_nodeids: { ints: ids.nodes },
    nodes_modes: { texts: nodes.map((node) => (isLeaf(node) ? 'LEAF' : 'BRANCH_LT')) },
    nodes_featureids: { ints: nodes.map((node) => Math.max(0, trees.features[node]!)) },
    nodes_values: { floats: nodes.map((node) => (isLeaf(node) ? 0 : trees.thresholds[node]!)) },
    nodes_truenodeids: { ints: nodes.map((node) => childOf(node, 0)) },
    nodes_falsenodeids: { ints: nodes.map((node) => childOf(node, 1)) },
    nodes_missing_value_tracks_true: { ints: nodes.map((node) => (isLeaf(node) ? 0 : 1 - trees.defaults[node]!)) },
    target_treeids: { ints: leaves.map((node) => ids.trees[node]!) },
    target_nodeids: { ints: leaves.map((node) => ids.nodes[node]!) },
    target_ids: { ints: leaves.map((node) => treeGroups[ids.trees[node]!]!) },
    target_weights: { floats: leaves.map(weightOf) },
  };
  return {
    nodes: [{ operator: 'TreeEnsembleRegressor', inputs: ['features'], outputs: ['sums'], attributes, isMl: true }],
    constants: [],
  };
}

function linearNodes({ featureCount, groupCount, baseMargins }: BoostedModel, weights: Float32Array): Part {
  const split = featureCount * groupCount;
  return {
    nodes: [
      { operator: 'IsNaN', inputs: ['features'], outputs: ['missing'] },
      { operator: 'Where', inputs: ['missing', 'zero', 'features'], outputs: ['present'] },
      { operator: 'Gemm', inputs: ['present', 'weights', 'bias'], outputs: ['sums'] },
    ],
    constants: [
      { name: 'weights', kind: 'float32', shape: [featureCount, groupCount], values: weights.subarray(0, split) },
      {
        name: 'bias',
        kind: 'float32',
        shape: [groupCount],
        values: weights.subarray(split).map((bias, group) => bias + baseMargins[group]!),
      },
    ],
  };
}

const toFloat = { to: { int: 1 } };
const toInt = { to: { int: 7 } };
const ofColumns = { axis: { int: 1 } };

function answerNodes(link: Objective['link'], objective: string): OnnxNode[] {
  const one = (operator: string, attributes = {}): OnnxNode[] => [
    { operator, inputs: ['sums'], outputs: ['score'], attributes },
  ];
  switch (link) {
    case 'identity':
      return one('Identity');
    case 'logistic':
      return one('Sigmoid');
    case 'exp':
      return one('Exp');
    case 'softmax':
      return one('Softmax', ofColumns);
    case 'argmax':
      return [
        { operator: 'ArgMax', inputs: ['sums'], outputs: ['best'], attributes: ofColumns },
        { operator: 'Cast', inputs: ['best'], outputs: ['score'], attributes: toFloat },
      ];
    case 'step':
      return [
        { operator: 'Greater', inputs: ['sums', 'zero'], outputs: ['above'] },
        { operator: 'Cast', inputs: ['above'], outputs: ['score'], attributes: toFloat },
      ];
    default:
      throw new DataError(`The objective "${objective}" has no operators in ONNX`);
  }
}

function labelNodes(link: Objective['link'], objective: string): OnnxNode[] {
  const flatten = (from: string): OnnxNode => ({
    operator: 'Reshape',
    inputs: [from, 'flat'],
    outputs: ['predicted_label'],
  });
  if (link === 'softmax' || link === 'argmax')
    return [{ operator: 'ArgMax', inputs: ['sums'], outputs: ['class'], attributes: ofColumns }, flatten('class')];
  const limit = objective === 'binary:logistic' ? 'half' : 'zero';
  return [
    { operator: 'Greater', inputs: ['score', limit], outputs: ['is_one'] },
    { operator: 'Cast', inputs: ['is_one'], outputs: ['class'], attributes: toInt },
    flatten('class'),
  ];
}
