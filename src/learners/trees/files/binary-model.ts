/**
 * XGBoost's old binary format, which versions up to 3.0 read and those up to 1.x wrote: C structures as they lay in
 * memory, little-endian. Sizes in bytes: learner 136, trees of a model 160, tree 148, node 20, its statistics 16.
 */
import { DataError } from '../../../base/index.ts';
import type { BoostedModel, LinearBooster, TreeBooster } from '../model.ts';
import { modelOf } from './header.ts';
import { evenStarts } from './parsed-model.ts';
import { joinTrees, type RawTree } from './raw-tree.ts';

const nameBytesMax = 64;

/** Whether the bytes may be such a model: behind the learner's structure stands the name of an objective. */
export function looksBinary(bytes: Uint8Array): boolean {
  const start = startOf(bytes);
  if (bytes.length < start + 144) return false;
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(start + 136, true);
  if (length < 4 || length > nameBytesMax) return false;
  return /^[a-z]+:[a-z]+$/.test(String.fromCharCode(...bytes.subarray(start + 144, start + 144 + length)));
}

const startOf = (bytes: Uint8Array): number => (String.fromCharCode(...bytes.subarray(0, 4)) === 'binf' ? 4 : 0);

/** Throws DataError for bytes that end too early or do not fit each other. */
export function readBinaryModel(bytes: Uint8Array): BoostedModel {
  const input = new Structures(bytes, startOf(bytes));
  const learner = input.skip(136);
  const baseScore = input.float(learner);
  const [featureCount, classCount, hasAttributes] = [4, 8, 12].map((at) => input.int(learner + at)) as [
    number,
    number,
    number,
  ];
  const majorVersion = input.int(learner + 20);
  const targetCount = input.int(learner + 28);
  const objective = input.text();
  const boosterName = input.text();
  const groups = Math.max(1, classCount, targetCount);
  const booster = readBooster(input, boosterName, { featureCount, groups });
  const attributes: Record<string, string> = {};
  if (hasAttributes !== 0) {
    for (let count = input.length(16); count > 0; count--) {
      const key = input.text();
      attributes[key] = input.text();
    }
  }
  return modelOf(
    {
      objective,
      featureCount,
      classCount,
      targetCount,
      baseScores: [baseScore],
      baseScoresAreMargins: majorVersion < 1,
      attributes,
      featureNames: [],
    },
    () => booster,
  );
}

function readBooster(
  input: Structures,
  name: string,
  { featureCount, groups }: { featureCount: number; groups: number },
): TreeBooster | LinearBooster {
  if (name === 'gblinear') {
    input.skip(136);
    return { kind: 'linear', weights: input.floats() };
  }
  if (name !== 'gbtree' && name !== 'dart')
    throw new DataError(`The model's booster is "${name}"; gbtree, dart and gblinear can be scored`);
  const parameters = input.skip(160);
  const treeCount = input.int(parameters);
  if (treeCount < 0) throw new DataError(`The model has ${treeCount} trees`);
  const raw: RawTree[] = [];
  for (let i = 0; i < treeCount; i++) raw.push(readTree(input, i));
  const info = input.skip(4 * treeCount);
  const treeGroups = Int32Array.from(raw, (_, i) => input.int(info + 4 * i));
  const treeWeights = name === 'dart' && treeCount > 0 ? input.floats() : undefined;
  const perRound = Math.max(1, input.int(parameters + 4)) * groups;
  return {
    kind: 'trees',
    trees: joinTrees(raw, featureCount),
    treeGroups,
    iterationStarts: evenStarts(treeCount, perRound),
    treeWeights,
  };
}

function readTree(input: Structures, index: number): RawTree {
  const parameters = input.skip(148);
  const count = input.int(parameters + 4);
  const leafSize = input.int(parameters + 20);
  if (count < 1) throw new DataError(`Tree ${index} of the model has ${count} nodes`);
  if (leafSize > 1)
    throw new DataError(`Tree ${index} of the model has leaves of ${leafSize} values, which cannot be scored`);
  const nodes = input.skip(20 * count);
  const statistics = input.skip(16 * count);
  const node = (i: number, at: number): number => nodes + 20 * i + at;
  const ints = (at: number): Int32Array => Int32Array.from({ length: count }, (_, i) => input.int(node(i, at)));
  const split = ints(12);
  return {
    lefts: ints(4),
    rights: ints(8),
    features: split.map((bits) => bits & 0x7fffffff),
    thresholds: Float32Array.from({ length: count }, (_, i) => input.float(node(i, 16))),
    defaultLefts: split.map((bits) => bits >>> 31),
    gains: Float32Array.from({ length: count }, (_, i) => input.float(statistics + 16 * i)),
    covers: Float32Array.from({ length: count }, (_, i) => input.float(statistics + 16 * i + 4)),
    categories: new Map(),
  };
}

const utf8 = new TextDecoder();

class Structures {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #position: number;

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#position = start;
  }

  /** Passes `length` bytes and answers where they began. */
  skip(length: number): number {
    const start = this.#position;
    if (length > this.#bytes.length - start)
      throw new DataError(`The model ends at byte ${this.#bytes.length}, inside of a structure that began at ${start}`);
    this.#position = start + length;
    return start;
  }

  int(at: number): number {
    return this.#view.getInt32(at, true);
  }

  float(at: number): number {
    return this.#view.getFloat32(at, true);
  }

  /** A count of things of so many bytes at least. */
  length(itemBytes: number): number {
    const at = this.skip(8);
    const length = this.#view.getUint32(at, true) + 2 ** 32 * this.#view.getUint32(at + 4, true);
    if (length * itemBytes > this.#bytes.length)
      throw new DataError(`The model has a length of ${length} at byte ${at}`);
    return length;
  }

  text(): string {
    const length = this.length(1);
    const start = this.skip(length);
    return utf8.decode(this.#bytes.subarray(start, start + length));
  }

  floats(): Float32Array {
    const length = this.length(4);
    const start = this.skip(4 * length);
    return Float32Array.from({ length }, (_, i) => this.float(start + 4 * i));
  }
}
