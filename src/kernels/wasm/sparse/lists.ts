import { f32x4, i32, select, type WasmModule } from '../assembler.ts';
import { entryBytes, type SparseLayout } from './layout.ts';

/**
 * Lists of features, each once, with the offset at which each was last seen.
 *
 *   list(columns, end, seen, places, list, gathered): the features of the values' columns in order of first occurrence; gives
 *     the list's end. It needs room for one entry more. `places` is by slot, and whatever it held before may stay: a
 *     place counts only where the list names the slot there. `gathered` gets, by value, the bytes from the first gathered
 *     feature to the value's.
 *   listAll(from, to, seen, list): likewise the slots from `from` to `to`.
 */
export function defineLists(module: WasmModule, layout: SparseLayout): void {
  module.define(
    'list',
    { columns: 'i32', end: 'i32', seen: 'i32', places: 'i32', list: 'i32', gathered: 'i32' },
    'i32',
    (f, p) => {
      const [slot, at, place, count, isNew] = f.locals('i32', 5);
      const entry = f.local('i32');
      f.while(
        () => i32.lt(p.columns, p.end),
        () => {
          f.set(slot, i32.load(p.columns));
          f.set(at, i32.add(p.places, i32.shl(slot, 2)));
          f.set(place, i32.load(at));
          // Without a branch, which would be guessed wrongly half of the time.
          f.set(isNew, i32.ne(i32.load(i32.add(p.list, i32.mul(place, entryBytes))), slot));
          f.set(isNew, i32.or(isNew, i32.le(count, place)));
          f.set(place, select(count, place, isNew));
          f.set(entry, i32.add(p.list, i32.mul(count, entryBytes)));
          f.store(entry, slot);
          f.store(entry, i32.load(i32.add(p.seen, i32.shl(slot, 2))), 4);
          f.store(at, place);
          f.store(p.gathered, i32.mul(place, layout.gatheredBytes));
          f.advance(count, isNew);
          f.advance(p.gathered, 4);
          f.advance(p.columns, 4);
        },
      );
      f.give(i32.add(p.list, i32.mul(count, entryBytes)));
    },
    { exported: true },
  );

  module.define(
    'listAll',
    { from: 'i32', to: 'i32', seen: 'i32', list: 'i32' },
    'i32',
    (f, p) => {
      f.while(
        () => i32.lt(p.from, p.to),
        () => {
          f.store(p.list, p.from);
          f.store(p.list, i32.load(i32.add(p.seen, i32.shl(p.from, 2))), 4);
          f.advance(p.list, entryBytes);
          f.advance(p.from, 1);
        },
      );
      f.give(p.list);
    },
    { exported: true },
  );
}

/** Zeros, for stores. */
export const zero = f32x4.splat(0);
