import type { Design } from '../../kernels/index.ts';

/** Multiplications that a design was asked for. */
export interface Work {
  total: number;
}

/**
 * The design, counting what it is asked for: cells times outputs for scores and gradients, half a square of the features for
 * each row of a gram. `cells` are those that are stored, where rows are sparse. Designs made from it count too.
 */
export function counting<D extends Design>(design: D, work: Work, cells = design.rowCount * design.featureCount): D {
  const share = cells / Math.max(1, design.rowCount * design.featureCount);
  const gram = (): number => (cells * (design.featureCount + 1)) / 2;
  const costs: Record<string, (...values: never[]) => number> = {
    scores: (_theta: unknown, K: number) => cells * K,
    gradient: (_delta: unknown, K: number) => cells * K,
    squares: (_c: unknown, K: number) => cells * K,
    gram,
    products: () => (cells * design.rowCount) / 2,
    sweep: ({ gram: bent }: { gram: boolean }) => 2 * cells + (bent ? gram() : 0),
  };
  return new Proxy(design, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...values: never[]) => {
        work.total += costs[String(name)]?.(...values) ?? 0;
        const made: unknown = value.apply(target, values);
        const isDesign = name === 'pick' || name === 'select' || name === 'inDoubles';
        if (!isDesign || made === undefined) return made;
        const next = made as Design;
        return counting(next, work, share * next.rowCount * next.featureCount);
      };
    },
  });
}
