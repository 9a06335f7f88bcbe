import type { Dimension as GivenDimension } from '@aws-sdk/client-cloudwatch';
import type { Dimension } from './metric.ts';
import { invalidValue } from './refusals.ts';

/** A metric's dimensions as a request gives them. Throws for a name that is there twice. */
export function readDimensions(given: readonly GivenDimension[] | undefined, path: string): Dimension[] {
  const dimensions = (given ?? []).map(({ Name = '', Value = '' }) => ({ name: Name, value: Value }));
  const names = new Set<string>();
  for (const { name } of dimensions) {
    if (names.has(name)) throw invalidValue(`The parameter ${path}.Dimensions has the name ${name} more than once`);
    names.add(name);
  }
  return dimensions;
}
