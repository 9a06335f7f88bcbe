/** What a model takes and gives, as requests and answers need it. */
import { DataError } from '../../../base/index.ts';
import type { OnnxFacts, OnnxPort } from '../../../formats/index.ts';
import { type TensorKind, tensorKind } from './tensor-kinds.ts';

export interface InputPort {
  name: string;
  kind: TensorKind;
  /** Sizes behind the first one, which counts rows; undefined for one that may be any. */
  rowShape: readonly (number | undefined)[];
  /** Values of a row; undefined where a size may be any. */
  width: number | undefined;
}

export interface OutputPort {
  name: string;
  /** Each row has one value, not a list of them. */
  isScalar: boolean;
  /** The names of the columns, of scikit-learn's classifiers. */
  labels?: readonly (string | bigint)[];
}

export interface ModelPorts {
  inputs: readonly InputPort[];
  outputs: readonly OutputPort[];
  /** The number of rows that the model takes at a time; undefined where it may be any. */
  batch: number | undefined;
}

/** Throws DataError for a model that rows cannot be sent to. */
export function portsOf(facts: OnnxFacts): ModelPorts {
  if (facts.inputs.length === 0) throw new DataError('It has no input, so that there is nothing to send to it');
  const batches = new Set<number>();
  const inputs = facts.inputs.map((port) => inputOf(port, batches));
  if (batches.size > 1)
    throw new DataError(
      `Its inputs take ${[...batches].join(' and ')} rows at a time: the first size of each must count the same rows`,
    );
  return { inputs, outputs: facts.outputs.map((port) => outputOf(port, facts)), batch: [...batches][0] };
}

function inputOf({ name, element, shape }: OnnxPort, batches: Set<number>): InputPort {
  if (element === undefined) throw new DataError(`Its input "${name}" is no tensor; rows can be sent to tensors only`);
  const kind = tensorKind(element);
  if (typeof kind === 'string')
    throw new DataError(`Its input "${name}" is of ${kind}, which requests do not have; export it with float32`);
  if (shape?.length === 0)
    throw new DataError(`Its input "${name}" is a single value, without a first size that counts rows`);
  const [batch, ...rest] = shape ?? [undefined, undefined];
  if (typeof batch === 'number') batches.add(batch);
  const rowShape = rest.map((size) => (typeof size === 'number' ? size : undefined));
  const width = rowShape.reduce<number | undefined>(
    (product, size) => (product === undefined || size === undefined ? undefined : product * size),
    1,
  );
  return { name, kind, rowShape, width };
}

function outputOf({ name, element, shape }: OnnxPort, { zipMaps }: OnnxFacts): OutputPort {
  const zipMap = zipMaps.find(({ output }) => output === name);
  if (zipMap !== undefined) return { name, isScalar: false, labels: zipMap.labels };
  if (element === undefined)
    throw new DataError(
      `Its output "${name}" is no tensor, and only tensors can be answered. Sequences of scikit-learn's classifiers become tensors by options={"zipmap": False} of skl2onnx`,
    );
  const kind = tensorKind(element);
  if (typeof kind === 'string') throw new DataError(`Its output "${name}" is of ${kind}, which answers do not have`);
  return { name, isScalar: shape?.length === 1 || (shape?.length === 2 && shape[1] === 1) };
}
