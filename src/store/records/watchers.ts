/** The watchers of one client of a store. */
export interface Watchers {
  watch(kind: string, changed: (id: string) => void): () => void;
  tell(kind: string, id: string): void;
  /** The kinds that have a watcher. */
  kinds(): string[];
  clear(): void;
}

export function createWatchers(): Watchers {
  const byKind = new Map<string, Set<(id: string) => void>>();
  return {
    watch(kind, changed) {
      const set = byKind.get(kind) ?? new Set();
      byKind.set(kind, set);
      // A function of its own, so that one given twice is two watchers; the check keeps it silent once it is off.
      const watcher = (id: string): void => {
        if (set.has(watcher)) changed(id);
      };
      set.add(watcher);
      return () => void set.delete(watcher);
    },
    tell(kind, id) {
      // Called on its own: a watcher's exception is its own bug and must not look like a failed write.
      for (const watcher of byKind.get(kind) ?? []) queueMicrotask(() => watcher(id));
    },
    kinds: () => [...byKind].filter(([, set]) => set.size > 0).map(([kind]) => kind),
    clear() {
      for (const set of byKind.values()) set.clear();
      byKind.clear();
    },
  };
}
