import { f32x4, i32, v128, type WasmModule } from './assembler.ts';
import { eachGroup, entryBytes, type SparseLayout } from './sparse-layout.ts';

/** In place of an offset: the feature is listed for looking, not for training. */
export const lookedAt = -1;

/**
 * Lists of features, each once.
 *
 *   list(columns, end, seen, list, now): the features of the values' columns in order of first occurrence, whose `seen` becomes
 *     `now`; gives the list's end. It needs room for one entry more.
 *   listAll(from, to, seen, list, now): likewise the slots from `from` to `to`.
 *   restore(list, end, saved, records, seen): takes back what `list` and `catchUpSaving` did.
 */
export function defineLists(module: WasmModule, layout: SparseLayout): void {
  module.define(
    'list',
    { columns: 'i32', end: 'i32', seen: 'i32', list: 'i32', now: 'i32' },
    'i32',
    (f, p) => {
      const [slot, at, last] = f.locals('i32', 3);
      f.while(
        () => i32.lt(p.columns, p.end),
        () => {
          f.set(slot, i32.load(p.columns));
          f.set(at, i32.add(p.seen, i32.shl(slot, 2)));
          f.set(last, i32.load(at));
          // Without a branch, which would be guessed wrongly half of the time.
          f.store(p.list, slot);
          f.store(p.list, last, 4);
          f.store(at, p.now);
          f.advance(p.list, i32.shl(i32.ne(last, p.now), 3));
          f.advance(p.columns, 4);
        },
      );
      f.give(p.list);
    },
    { exported: true },
  );

  module.define(
    'listAll',
    { from: 'i32', to: 'i32', seen: 'i32', list: 'i32', now: 'i32' },
    'i32',
    (f, p) => {
      f.while(
        () => i32.lt(p.from, p.to),
        () => {
          f.store(p.list, p.from);
          f.store(p.list, i32.load(i32.add(p.seen, i32.shl(p.from, 2))), 4);
          f.store(i32.add(p.seen, i32.shl(p.from, 2)), p.now);
          f.advance(p.list, entryBytes);
          f.advance(p.from, 1);
        },
      );
      f.give(p.list);
    },
    { exported: true },
  );

  module.define(
    'restore',
    { list: 'i32', end: 'i32', saved: 'i32', records: 'i32', seen: 'i32' },
    undefined,
    (f, p) => {
      const at = f.local('i32');
      f.while(
        () => i32.lt(p.list, p.end),
        () => {
          f.store(i32.add(p.seen, i32.shl(i32.load(p.list), 2)), i32.load(p.list, 4));
          f.set(at, layout.record(p.records, i32.load(p.list)));
          eachGroup(f, layout.vectors, 4, [at, p.saved], (group) => {
            for (const v of group) f.store(at, v128.load(p.saved, 16 * v), 16 * v);
          });
          f.advance(p.list, entryBytes);
        },
      );
    },
    { exported: true },
  );
}

/** Zeros, for stores. */
export const zero = f32x4.splat(0);
