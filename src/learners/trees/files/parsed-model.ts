/** A model that JSON or UBJSON held, from any version since 1.0, and what a serialised booster holds beside it. */
import { DataError } from '../../../base/index.ts';
import type { BoostedModel, LinearBooster, TreeBooster } from '../model.ts';
import { fieldsOf, listOf, numberOf, numbersInText, numbersOf, textOf } from './fields.ts';
import { type Header, modelOf } from './header.ts';
import { joinTrees, type RawTree } from './raw-tree.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Throws DataError, naming the field, for what is no model. */
export function modelOfParsed(parsed: unknown): BoostedModel {
  if (typeof parsed !== 'object' || parsed === null) throw new DataError('The model is not an object');
  const file = parsed as Fields;
  // A pickle holds the model together with the settings of its training.
  const root = 'Model' in file ? fieldsOf(file, 'Model') : file;
  const learner = fieldsOf(root, 'learner');
  const parameters = fieldsOf(learner, 'learner_model_param');
  const attributes = 'attributes' in learner ? fieldsOf(learner, 'attributes') : {};
  const header: Header = {
    objective: textOf(fieldsOf(learner, 'objective'), 'name'),
    featureCount: numberOf(parameters, 'num_feature'),
    classCount: numberOf(parameters, 'num_class', 0),
    targetCount: numberOf(parameters, 'num_target', 1),
    baseScores: numbersInText(parameters, 'base_score'),
    baseScoresAreMargins: false,
    attributes: Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, String(value)])),
    featureNames: 'feature_names' in learner ? listOf(learner, 'feature_names').map(String) : [],
  };
  return modelOf(header, (groupCount) => boosterOf(fieldsOf(learner, 'gradient_booster'), header, groupCount));
}

function boosterOf(booster: Fields, header: Header, groupCount: number): TreeBooster | LinearBooster {
  const name = textOf(booster, 'name');
  switch (name) {
    case 'gblinear':
      return { kind: 'linear', weights: Float32Array.from(numbersOf(fieldsOf(booster, 'model'), 'weights')) };
    case 'gbtree':
      return treesOf(fieldsOf(booster, 'model'), header, groupCount, undefined);
    case 'dart': {
      const weights = Float32Array.from(numbersOf(booster, 'weight_drop'));
      return treesOf(fieldsOf(fieldsOf(booster, 'gbtree'), 'model'), header, groupCount, weights);
    }
    default:
      throw new DataError(`The model's booster is "${name}"; gbtree, dart and gblinear can be scored`);
  }
}

function treesOf(
  model: Fields,
  { featureCount }: Header,
  groupCount: number,
  treeWeights: Float32Array | undefined,
): TreeBooster {
  const raw = listOf(model, 'trees').map((tree, index) => rawTree(tree as Fields, index));
  const parameters = fieldsOf(model, 'gbtree_model_param');
  const perRound = Math.max(1, numberOf(parameters, 'num_parallel_tree', 1)) * groupCount;
  return {
    kind: 'trees',
    trees: joinTrees(raw, featureCount),
    treeGroups: Int32Array.from(numbersOf(model, 'tree_info')),
    iterationStarts:
      'iteration_indptr' in model
        ? Int32Array.from(numbersOf(model, 'iteration_indptr'))
        : evenStarts(raw.length, perRound),
    treeWeights,
  };
}

/** Where rounds begin that all have as many trees. */
export const evenStarts = (treeCount: number, perRound: number): Int32Array =>
  Int32Array.from({ length: Math.ceil(treeCount / perRound) + 1 }, (_, round) => Math.min(treeCount, round * perRound));

function rawTree(tree: Fields, index: number): RawTree {
  const leafSize = numberOf(fieldsOf(tree, 'tree_param'), 'size_leaf_vector', 1);
  if (leafSize > 1) {
    throw new DataError(
      `Tree ${index} of the model has leaves of ${leafSize} values (multi_strategy=multi_output_tree); train with multi_strategy=one_output_per_tree`,
    );
  }
  return {
    lefts: numbersOf(tree, 'left_children'),
    rights: numbersOf(tree, 'right_children'),
    features: numbersOf(tree, 'split_indices'),
    thresholds: numbersOf(tree, 'split_conditions'),
    defaultLefts: numbersOf(tree, 'default_left'),
    covers: numbersOf(tree, 'sum_hessian'),
    gains: numbersOf(tree, 'loss_changes'),
    categories: categoriesOf(tree),
  };
}

/** Each node's categories lie in one list, from its segment's beginning on. */
function categoriesOf(tree: Fields): RawTree['categories'] {
  const byNode = new Map<number, ReadonlySet<number>>();
  if (!('categories_nodes' in tree)) return byNode;
  const nodes = Array.from(numbersOf(tree, 'categories_nodes'));
  if (nodes.length === 0) return byNode;
  const all = Array.from(numbersOf(tree, 'categories'));
  const segments = numbersOf(tree, 'categories_segments');
  const sizes = numbersOf(tree, 'categories_sizes');
  for (const [i, node] of nodes.entries()) byNode.set(node, new Set(all.slice(segments[i], segments[i]! + sizes[i]!)));
  return byNode;
}
