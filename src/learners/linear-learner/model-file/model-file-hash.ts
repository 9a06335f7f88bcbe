import { DataError } from '../../../base/index.ts';
import { columnHash } from '../../../formats/index.ts';

/** The hashing of columns as it stands in linnet.json. */
export const storedHash = (bits: number) => ({ ...columnHash, bits });

/** The bits of a stored hash to `featureCount` features. Throws DataError when it is another hash than ours, or not to so many. */
export function readHash(value: unknown, featureCount: number): number {
  const { bits, ...given } = (value ?? {}) as Record<string, unknown>;
  const other = Object.entries(columnHash).find(([key, expected]) => given[key] !== expected);
  if (other !== undefined) {
    const [key, expected] = other;
    throw new DataError(`The hash in "linnet.json" has the ${key} ${JSON.stringify(given[key])}: ${expected} is known`);
  }
  if (typeof bits === 'number' && Number.isInteger(bits) && bits > 0 && 2 ** bits === featureCount) return bits;
  throw new DataError(
    `The hash in "linnet.json" has ${JSON.stringify(bits)} bits, but there are weights of ${featureCount} features: the file is damaged`,
  );
}
