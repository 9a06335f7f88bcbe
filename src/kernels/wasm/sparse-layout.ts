import { type Expression, type FunctionBuilder, i32, type Local } from './assembler.ts';

/**
 * Of each feature a record of its own, so that a feature costs few misses of the cache: w, g, first, second, each
 * `vectors` vectors of four columns. Between updates g holds the direction in which the moments go on (see
 * `sparse-absence.ts`), during one the sum of slopes. The intercepts' record stands before that of slot 0.
 */
export interface SparseLayout {
  readonly vectors: number;
  readonly recordBytes: number;
  /** Bytes from a record's start. */
  readonly g: number;
  readonly first: number;
  readonly second: number;
  record(records: Expression, slot: Expression): Expression;
}

export const interceptSlot = -1;

export function sparseLayout(vectors: number): SparseLayout {
  const recordBytes = 64 * vectors;
  return {
    vectors,
    recordBytes,
    g: 16 * vectors,
    first: 32 * vectors,
    second: 48 * vectors,
    record: (records, slot) => i32.add(records, i32.mul(slot, recordBytes)),
  };
}

/**
 * Runs the body for all vectors, `size` at a time, while the pointers go on by 16 bytes a vector; they end behind
 * the last vector. The body gets the numbers of its vectors, from 0 on, relative to the pointers.
 */
export function eachGroup(
  f: FunctionBuilder,
  vectors: number,
  size: number,
  pointers: readonly Local[],
  body: (group: readonly number[]) => void,
): void {
  const whole = Math.floor(vectors / size);
  const run = (count: number): void => {
    body(Array.from({ length: count }, (_, v) => v));
    for (const pointer of pointers) f.advance(pointer, 16 * count);
  };
  if (whole === 1) run(size);
  if (whole > 1) {
    const left = f.local('i32');
    f.set(left, i32.of(whole));
    f.doWhile(
      () => {
        run(size);
        f.set(left, i32.sub(left, 1));
      },
      () => left,
    );
  }
  if (vectors % size > 0) run(vectors % size);
}
