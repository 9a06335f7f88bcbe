import type { Space, Values } from '../space.ts';

/** The `index`-th of all combinations of categories, the last hyperparameter varying fastest; undefined beyond the last. */
export function gridPoint(space: Space, index: number): Values | undefined {
  const values: Record<string, string> = {};
  let rest = index;
  for (const parameter of [...space].reverse()) {
    if (parameter.kind !== 'categorical') throw new Error(`Grid search varies categories only, not ${parameter.name}`);
    const levels = [...new Set(parameter.values)];
    values[parameter.name] = levels[rest % levels.length] ?? '';
    rest = Math.floor(rest / levels.length);
  }
  return rest > 0 ? undefined : Object.fromEntries(space.map(({ name }) => [name, values[name] ?? '']));
}
