import { limitsOf } from '../instance-types.ts';
import type { Needs } from './plan.ts';

/** The machines that a variant's configuration describes. */
export interface Room {
  instanceType: string;
  instances: number;
}

/**
 * Why copies do not fit into the instances of a variant beside each other; undefined where they do, and for instance types that are
 * not known here. The largest is placed first, into the first instance with enough processors and memory left.
 */
export function placementProblem(
  { instanceType, instances }: Room,
  components: readonly (Needs & { name: string; copies: number })[],
): string | undefined {
  const limits = limitsOf(instanceType);
  if (limits === undefined) return undefined;
  const { processors: cores } = limits;
  const megabytes = limits.memoryBytes / 2 ** 20;
  const left = Array.from({ length: instances }, () => ({ cores, megabytes }));
  const copies = components.flatMap((component) => Array.from({ length: component.copies }, () => component));
  copies.sort((one, other) => other.megabytes - one.megabytes || other.cores - one.cores);
  for (const { name, cores: wantedCores, megabytes: wantedMegabytes } of copies) {
    const place = left.find((each) => each.cores >= wantedCores && each.megabytes >= wantedMegabytes);
    if (place === undefined)
      return `A copy of inference component "${name}" needs ${wantedCores} processors and ${wantedMegabytes} MB of memory, for which no instance has room: there are ${instances} of ${instanceType}, with ${cores} processors and ${megabytes} MB each. Ask for less, for fewer copies, or for more instances`;
    place.cores -= wantedCores;
    place.megabytes -= wantedMegabytes;
  }
  return undefined;
}
