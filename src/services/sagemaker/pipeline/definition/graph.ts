import type { Dependency, Step } from './definition.ts';

type Node = Pick<Step, 'name' | 'waitsFor' | 'branch'>;

/** The steps that must be looked at before a step: those it waits for, and the condition of its branch. */
const before = ({ waitsFor, branch }: Node): string[] => [
  ...waitsFor.map(({ step }) => step),
  ...(branch === undefined ? [] : [branch.condition]),
];

/** The steps so that each stands after those before it, else in their own order; or a circle of steps. */
export function ordered<Some extends Node>(steps: readonly Some[]): { order: Some[] } | { circle: string[] } {
  const order: Some[] = [];
  const placed = new Set<string>();
  let left = [...steps];
  while (left.length > 0) {
    const later: Some[] = [];
    for (const step of left) {
      if (before(step).every((name) => placed.has(name))) {
        order.push(step);
        placed.add(step.name);
      } else later.push(step);
    }
    if (later.length === left.length) return { circle: circleOf(left) };
    left = later;
  }
  return { order };
}

/** Each of these steps waits for another of them, so going back from any one comes to a place twice. */
function circleOf(steps: readonly Node[]): string[] {
  const byName = new Map(steps.map((step) => [step.name, step]));
  const path: string[] = [];
  let at = steps[0]!.name;
  while (!path.includes(at)) {
    path.push(at);
    at = before(byName.get(at)!).find((name) => byName.has(name))!;
  }
  return [...path.slice(path.indexOf(at)), at].reverse();
}

/** All dependencies, one for each step: an explicit one says what outcome is waited for. */
export function merged(explicit: readonly Dependency[], referenced: Iterable<string>): Dependency[] {
  const all = new Map(explicit.map((one) => [one.step, one]));
  for (const step of referenced) if (!all.has(step)) all.set(step, { step, trigger: 'Completed' });
  return [...all.values()];
}
