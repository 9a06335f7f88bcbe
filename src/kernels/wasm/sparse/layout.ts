import { type Expression, type FunctionBuilder, i32, type Local, select } from '../assembler.ts';

/**
 * Of each feature a record of its own, so that a feature costs few misses of the cache: w, first, second, each `vectors`
 * vectors of four columns. The intercepts' record stands before that of slot 0.
 *
 * Features of a list are gathered side by side while they are worked on: w as it stands now, and g, the sum of slopes. The
 * intercepts' stand before those of the list's first entry.
 */
export interface SparseLayout {
  readonly vectors: number;
  readonly recordBytes: number;
  /** Bytes from a record's start. */
  readonly first: number;
  readonly second: number;
  readonly gatheredBytes: number;
  /** Bytes from the start of what is gathered of a feature. */
  readonly g: number;
  record(records: Expression, slot: Expression): Expression;
}

export const interceptSlot = -1;

export function sparseLayout(vectors: number): SparseLayout {
  const recordBytes = 48 * vectors;
  return {
    vectors,
    recordBytes,
    first: 16 * vectors,
    second: 32 * vectors,
    gatheredBytes: 32 * vectors,
    g: 16 * vectors,
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

/** Bytes of an entry of a list: a slot, and the offset at which it was last seen. */
export const entryBytes = 8;
/** Lines of the cache that are on their way at once. */
const linesAtOnce = 256;
const lineBytes = 64;

/**
 * Runs the body for each entry from `list` to `end`, whose record is in `record` and whose place among the gathered is
 * `gathered`; the body may advance both. Records are touched some of them ahead, one load a line, so that many misses of
 * the cache are under way at a time: WebAssembly has no prefetch. Gives a value that must be part of the function's
 * result, so that the compiler does not drop the loads.
 */
export function eachEntry(
  f: FunctionBuilder,
  layout: SparseLayout,
  p: Readonly<Record<'list' | 'end' | 'records' | 'gathered', Local>>,
  body: (record: Local, gathered: Local) => void,
): Local {
  const [at, record, gathered, groupEnd, touched] = f.locals('i32', 5);
  const lines = Math.min(Math.ceil(layout.recordBytes / lineBytes), 32);
  const groupBytes = entryBytes * Math.min(64, Math.floor(linesAtOnce / lines));
  f.while(
    () => i32.lt(p.list, p.end),
    () => {
      f.set(groupEnd, i32.add(p.list, groupBytes));
      f.set(groupEnd, select(groupEnd, p.end, i32.lt(groupEnd, p.end)));
      f.set(at, p.list);
      f.doWhile(
        () => {
          f.set(record, layout.record(p.records, i32.load(at)));
          for (let line = 0; line < lines; line += 1) {
            f.set(touched, i32.or(touched, i32.load(record, line * lineBytes)));
          }
          f.advance(at, entryBytes);
        },
        () => i32.lt(at, groupEnd),
      );
      f.doWhile(
        () => {
          f.set(record, layout.record(p.records, i32.load(p.list)));
          f.set(gathered, p.gathered);
          body(record, gathered);
          f.advance(p.gathered, layout.gatheredBytes);
          f.advance(p.list, entryBytes);
        },
        () => i32.lt(p.list, groupEnd),
      );
    },
  );
  return touched;
}
