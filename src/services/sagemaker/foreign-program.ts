import type { ForeignProgram, MachineLimits } from '../../compute/index.ts';
import type { Algorithm } from './images.ts';
import { limitsOf } from './instance-types.ts';

/** What a request says of a program that is not ours. */
interface Wishes {
  network: boolean;
  /** Replaces the entrypoint of a container's image. */
  entrypoint?: readonly string[] | undefined;
  instanceType?: string | undefined;
  /** Those of the instance type, where left out. */
  limits?: MachineLimits | undefined;
  /** The name by which the program knows its own host. */
  hostName?: string;
}

/** The side of an algorithm that is made for a container of its own; undefined for our own programs. */
export function foreignOf(
  { foreign }: Algorithm,
  { network, entrypoint = [], instanceType = '', limits = limitsOf(instanceType), hostName }: Wishes,
): ForeignProgram | undefined {
  if (foreign?.container === undefined) return foreign && { ...foreign, network };
  return {
    ...foreign,
    network,
    container: {
      ...foreign.container,
      entrypointWords: entrypoint.length,
      limits,
      ...(hostName !== undefined && { hostName }),
    },
  };
}
