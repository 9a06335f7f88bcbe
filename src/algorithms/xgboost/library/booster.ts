import type { Library } from './library.ts';
import type { Matrix } from './matrix.ts';

/** What a prediction holds; the numbers are the library's. */
export const predictionTypes = { value: 0, margin: 1, contributions: 2, interactions: 4, leaf: 6 } as const;

export interface PredictOptions {
  type?: keyof typeof predictionTypes;
  /** Rounds of boosting that count; all of them when left out. */
  rounds?: { begin: number; end: number };
  /** Whether `shape` has a place for outputs even where there is one. */
  strictShape?: boolean;
}

export interface Prediction {
  values: Float32Array;
  /** Rows first. */
  shape: readonly number[];
}

export interface NamedMatrix {
  name: string;
  matrix: Matrix;
}

/** One value of a line such as `[3]\ttrain-rmse:0.25`. */
export interface Evaluation {
  /** Name of the matrix. */
  of: string;
  metric: string;
  value: number;
}

/** A model in the library's memory, until it is closed. Throws LibraryError. */
export class Booster {
  readonly library: Library;
  readonly #handle: unknown;

  private constructor(library: Library, handle: unknown) {
    this.library = library;
    this.#handle = handle;
  }

  /** An empty model, with the matrices that it will train on and be evaluated by. */
  static create(library: Library, matrices: readonly Matrix[] = []): Booster {
    const out = [null];
    const handles = matrices.map(({ handle }) => handle);
    library.call('boosterCreate', handles, handles.length, out);
    return new Booster(library, out[0]);
  }

  setParameter(name: string, value: string): void {
    this.library.call('boosterSetParam', this.#handle, name, value);
  }

  /** One round of boosting. */
  update(round: number, matrix: Matrix): void {
    this.library.call('boosterUpdate', this.#handle, round, matrix.handle);
  }

  /** The metrics that the parameters ask for, of each matrix. Names of matrices have no hyphen. */
  evaluate(round: number, matrices: readonly NamedMatrix[]): Evaluation[] {
    const out = [''];
    const handles = matrices.map(({ matrix }) => matrix.handle);
    const names = matrices.map(({ name }) => name);
    this.library.call('boosterEvaluate', this.#handle, round, handles, names, handles.length, out);
    return [...out[0]!.matchAll(/\t([^\t-]+)-([^\t]+):([^\t:]+)/g)].map(([, of = '', metric = '', value]) => ({
      of,
      metric,
      value: numberOf(value!.trim()),
    }));
  }

  predict(matrix: Matrix, { type = 'value', rounds, strictShape = false }: PredictOptions = {}): Prediction {
    const config = {
      type: predictionTypes[type],
      training: false,
      iteration_begin: rounds?.begin ?? 0,
      iteration_end: rounds?.end ?? 0,
      strict_shape: strictShape,
    };
    const [shape, dimensions, values] = [[null], [0], [null]];
    const { library } = this;
    library.call('boosterPredict', this.#handle, matrix.handle, JSON.stringify(config), shape, dimensions, values);
    const sizes = Array.from(new BigUint64Array(library.copy(shape[0], 8 * Number(dimensions[0]))), Number);
    const count = sizes.reduce((product, size) => product * size, 1);
    return { values: new Float32Array(library.copy(values[0], 4 * count)), shape: sizes };
  }

  /** The model as a file; `deprecated` is the binary format of versions before 3.1. */
  save(format: 'ubj' | 'json' | 'deprecated'): Uint8Array {
    const [length, bytes] = [[0], [null]];
    this.library.call('boosterSave', this.#handle, JSON.stringify({ format }), length, bytes);
    return new Uint8Array(this.library.copy(bytes[0], Number(length[0])));
  }

  /** Takes over a model that was saved, in whichever format. */
  load(bytes: Uint8Array): void {
    this.library.call('boosterLoad', this.#handle, bytes, bytes.length);
  }

  /** A model of the rounds from `begin` to `end`. */
  slice(begin: number, end: number): Booster {
    const out = [null];
    this.library.call('boosterSlice', this.#handle, begin, end, 1, out);
    return new Booster(this.library, out[0]);
  }

  get roundCount(): number {
    const out = [0];
    this.library.call('boosterRounds', this.#handle, out);
    return out[0]!;
  }

  get featureCount(): number {
    const out = [0];
    this.library.call('boosterFeatures', this.#handle, out);
    return Number(out[0]);
  }

  attribute(name: string): string | undefined {
    const [text, found] = [[''], [0]];
    this.library.call('boosterAttribute', this.#handle, name, text, found);
    return found[0] === 0 ? undefined : text[0];
  }

  /** Undefined removes it. */
  setAttribute(name: string, value: string | undefined): void {
    this.library.call('boosterSetAttribute', this.#handle, name, value ?? null);
  }

  /** All settings of the model, those that the library chose too, as JSON. */
  config(): string {
    const [length, text] = [[0], ['']];
    this.library.call('boosterConfig', this.#handle, length, text);
    return text[0]!;
  }

  close(): void {
    this.library.call('boosterFree', this.#handle);
  }
}

const words: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  '-nan': Number.NaN,
  inf: Infinity,
  '-inf': -Infinity,
};
const numberOf = (text: string): number => words[text.toLowerCase()] ?? Number(text);
