/**
 * A linear model as an ONNX graph: `features` in, in single precision; out come `score` and of classifiers
 * `predicted_label`, as an endpoint answers. Sums are taken in doubles.
 */
import { DataError } from '../../../base/index.ts';
import { encodeOnnx, type OnnxConstant, type OnnxNode } from '../../../formats/index.ts';
import { lossFacts } from '../../../kernels/index.ts';
import type { Expansion } from '../expansion/expansion.ts';
import type { LinearModel } from '../model.ts';

/** The bytes of a model.onnx. Throws DataError for a model of hashed columns: ONNX has no such function. */
export function linearModelToOnnx(model: LinearModel): Uint8Array {
  const { featureCount, outputCount, predictorType, loss, hashBits, expansion, weights } = model;
  if (hashBits !== undefined) throw new DataError('The model hashes the columns of rows, which ONNX cannot say');
  const graph = new Builder();
  graph.add('Cast', ['features'], 'x', { to: { int: doubles } });
  const linear = featureCount * outputCount;
  graph.constant('weights', [featureCount, outputCount], weights.subarray(0, linear));
  graph.constant('bias', [outputCount], model.bias);
  graph.add('MatMul', ['x', 'weights'], 'products');
  graph.add('Add', ['products', 'bias'], 'sums');
  const sums = expansion === undefined ? 'sums' : expand(graph, model, expansion);
  const exact = linkOf(graph, model, sums, lossFacts(loss).link);
  graph.add('Cast', [exact], 'score', { to: { int: singles } });
  if (predictorType !== 'regressor') addLabels(graph, model, exact);
  return encodeOnnx({
    name: `${predictorType} of ${loss}`,
    inputs: [{ name: 'features', kind: 'float32', shape: ['rows', featureCount] }],
    outputs: [
      { name: 'score', kind: 'float32', shape: ['rows', outputCount] },
      ...(predictorType === 'regressor' ? [] : [{ name: 'predicted_label', kind: 'int64', shape: ['rows'] } as const]),
    ],
    nodes: graph.nodes,
    constants: graph.constants,
  });
}

const singles = 1;
const integers = 7;
const doubles = 11;

class Builder {
  readonly nodes: OnnxNode[] = [];
  readonly constants: OnnxConstant[] = [];

  /** Adds a node and answers the name of its output. */
  add(
    operator: string,
    inputs: readonly string[],
    output: string,
    attributes: NonNullable<OnnxNode['attributes']> = {},
  ): string {
    this.nodes.push({ operator, inputs, outputs: [output], attributes });
    return output;
  }

  constant(
    name: string,
    shape: readonly number[],
    values: ArrayLike<number>,
    kind: OnnxConstant['kind'] = 'float64',
  ): string {
    this.constants.push({ name, kind, shape, values });
    return name;
  }
}

/** Adds powers and products to the sums: terms of one kind side by side, and their weights likewise. */
function expand(graph: Builder, model: LinearModel, { degree, interactions, centre, factor }: Expansion): string {
  const { featureCount: d, outputCount: K, weights } = model;
  graph.constant('centre', [d], centre);
  graph.constant('factor', [d], factor);
  graph.add('Sub', ['x', 'centre'], 'centred');
  graph.add('Mul', ['centred', 'factor'], 'z');
  let sums = 'sums';
  const addTerms = (name: string, terms: string, rows: readonly number[]): void => {
    const values = rows.flatMap((row) => Array.from(weights.subarray(row * K, (row + 1) * K)));
    graph.constant(`weights_${name}`, [rows.length, K], values);
    graph.add('MatMul', [terms, `weights_${name}`], `products_${name}`);
    sums = graph.add('Add', [sums, `products_${name}`], `sums_${name}`);
  };
  let power = 'z';
  for (let p = 2; p <= degree; p++) {
    power = graph.add('Mul', [power, 'z'], `z_${p}`);
    const rows = Array.from({ length: d }, (_, j) => d + j * (degree - 1) + (p - 2));
    addTerms(`power_${p}`, power, rows);
  }
  const pairs = pairsOf(interactions, d);
  if (pairs.length > 0) {
    graph.constant(
      'lows',
      [pairs.length],
      pairs.map(([low]) => low),
      'int64',
    );
    graph.constant(
      'highs',
      [pairs.length],
      pairs.map(([, high]) => high),
      'int64',
    );
    graph.add('Gather', ['z', 'lows'], 'z_low', { axis: { int: 1 } });
    graph.add('Gather', ['z', 'highs'], 'z_high', { axis: { int: 1 } });
    graph.add('Mul', ['z_low', 'z_high'], 'pairs');
    addTerms(
      'pairs',
      'pairs',
      pairs.map((_, index) => d * degree + index),
    );
  }
  return sums;
}

function pairsOf(
  interactions: Expansion['interactions'],
  featureCount: number,
): readonly (readonly [number, number])[] {
  if (interactions === 'none') return [];
  if (interactions !== 'all') return interactions;
  const pairs: [number, number][] = [];
  for (let i = 0; i < featureCount; i++) for (let j = i + 1; j < featureCount; j++) pairs.push([i, j]);
  return pairs;
}

function linkOf(graph: Builder, { range }: LinearModel, sums: string, link: string): string {
  const linked =
    link === 'logit'
      ? graph.add('Sigmoid', [sums], 'linked')
      : link === 'multinomial'
        ? graph.add('Softmax', [sums], 'linked', { axis: { int: 1 } })
        : sums;
  if (range === undefined) return linked;
  graph.constant('low', [], [range.low]);
  graph.constant('high', [], [range.high]);
  return graph.add('Clip', [linked, 'low', 'high'], 'clipped');
}

function addLabels(graph: Builder, { predictorType, threshold }: LinearModel, score: string): void {
  graph.constant('flat', [1], [-1], 'int64');
  let label: string;
  if (predictorType === 'binary_classifier') {
    graph.constant('threshold', [], [threshold]);
    graph.add('GreaterOrEqual', [score, 'threshold'], 'is_one');
    label = graph.add('Cast', ['is_one'], 'class', { to: { int: integers } });
  } else label = graph.add('ArgMax', [score], 'class', { axis: { int: 1 } });
  graph.add('Reshape', [label, 'flat'], 'predicted_label');
}
