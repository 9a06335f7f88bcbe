/** Trees as files hold them, and their way into one set of arrays. */
import { DataError } from '../../../base/index.ts';
import type { Trees } from '../model.ts';
import { packTrees } from '../packed-trees.ts';

/** A tree, node by node; -1 for a child that is not there. */
export interface RawTree {
  lefts: ArrayLike<number>;
  rights: ArrayLike<number>;
  features: ArrayLike<number>;
  /** Of leaves, their value. */
  thresholds: ArrayLike<number>;
  defaultLefts: ArrayLike<number>;
  covers: ArrayLike<number>;
  gains: ArrayLike<number>;
  /** By node: the categories that lead to the right. */
  categories: ReadonlyMap<number, ReadonlySet<number>>;
}

const nodesMax = 2 ** 28;

/** Throws DataError for a tree that is none, or asks for a feature that there is not. */
export function joinTrees(raw: readonly RawTree[], featureCount: number): Trees {
  let total = 0;
  for (const { lefts } of raw) total += lefts.length;
  if (total > nodesMax) throw new DataError(`The model has ${total} nodes, the limit is ${nodesMax}`);
  const trees = {
    roots: new Int32Array(raw.length + 1),
    features: new Int32Array(total),
    thresholds: new Float32Array(total),
    lefts: new Int32Array(total),
    defaults: new Uint8Array(total),
    covers: new Float32Array(total),
    gains: new Float32Array(total),
    categories: new Map<number, ReadonlySet<number>>(),
  };
  let next = 0;
  for (const [index, tree] of raw.entries()) {
    trees.roots[index] = next;
    next = copyTree(tree, trees, { start: next, index, featureCount });
  }
  trees.roots[raw.length] = next;
  // What pruning left behind in the files is not reached, and not copied.
  const { roots, categories } = trees;
  const whole = {
    roots,
    features: trees.features.slice(0, next),
    thresholds: trees.thresholds.slice(0, next),
    lefts: trees.lefts.slice(0, next),
    defaults: trees.defaults.slice(0, next),
    covers: trees.covers.slice(0, next),
    gains: trees.gains.slice(0, next),
    categories,
  };
  return { ...whole, packed: packTrees(whole) };
}

interface Destination {
  start: number;
  index: number;
  featureCount: number;
}

/** Breadth first, so that children stand side by side; answers where the next tree begins. */
function copyTree(
  raw: RawTree,
  trees: Omit<Trees, 'categories' | 'packed'> & { categories: Map<number, ReadonlySet<number>> },
  { start, index, featureCount }: Destination,
): number {
  const count = raw.lefts.length;
  const fault = (fact: string): DataError => new DataError(`Tree ${index} of the model ${fact}`);
  for (const list of [raw.rights, raw.features, raw.thresholds, raw.defaultLefts, raw.covers, raw.gains])
    if (list.length !== count) throw fault(`has ${count} nodes, but ${list.length} entries in one of its lists`);
  if (count === 0) throw fault('has no nodes');
  const nodes = new Int32Array(count);
  let end = 1;
  for (let at = 0; at < end; at++) {
    const node = nodes[at]!;
    const out = start + at;
    const left = raw.lefts[node]!;
    trees.thresholds[out] = raw.thresholds[node]!;
    trees.covers[out] = raw.covers[node]!;
    if (left === -1) {
      trees.features[out] = -1;
      continue;
    }
    const right = raw.rights[node]!;
    const feature = raw.features[node]!;
    if (!(left > 0 && left < count && right > 0 && right < count))
      throw fault(`has children of node ${node} beyond its nodes`);
    if (!(feature >= 0 && feature < featureCount))
      throw fault(`asks for feature ${feature}, but the model has ${featureCount}`);
    if (end + 2 > count) throw fault('reaches a node by two ways');
    trees.features[out] = feature;
    trees.gains[out] = raw.gains[node]!;
    trees.defaults[out] = raw.defaultLefts[node] ? 0 : 1;
    trees.lefts[out] = start + end;
    const categories = raw.categories.get(node);
    if (categories !== undefined) trees.categories.set(out, categories);
    nodes[end++] = left;
    nodes[end++] = right;
  }
  return start + end;
}
