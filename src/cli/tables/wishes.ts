import { DataError } from '../../base/index.ts';
import { settings } from '../../server/index.ts';
import { type DecideOptions, type PlanKind, planKinds } from '../../tables/index.ts';
import type { TrainFlags } from './flags.ts';

/** The flags as decisions take them. Throws DataError for an `--as` that is none. */
export function wishesOf({ label, keep, drop, as = [], task, positive }: TrainFlags): Omit<DecideOptions, 'learner'> {
  return {
    ...(label !== undefined && { label }),
    ...(keep !== undefined && { keep }),
    ...(drop !== undefined && { drop }),
    ...(task !== undefined && { task }),
    ...(positive !== undefined && { positive }),
    as: Object.fromEntries(as.map(asWish)),
  };
}

/** `name=kind`, or `name=ordinal:low,medium,high`. */
function asWish(text: string): [string, { kind: PlanKind; levels?: string[] }] {
  const [, name, word, levels] = /^(.+)=([a-z]+)(?::(.*))?$/s.exec(text) ?? [];
  const kind = planKinds.find((each) => each === word);
  if (name === undefined || kind === undefined)
    throw new DataError(
      `--as ${text}: write --as COLUMN=KIND, with a kind of ${planKinds.join(', ')}; an order is --as COLUMN=ordinal:low,medium,high`,
      { source: settings },
    );
  return [name, { kind, ...(levels !== undefined && { levels: levels.split(',').map((level) => level.trim()) }) }];
}
