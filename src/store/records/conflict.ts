import { Conflict } from '../../base/index.ts';
import type { RecordChange } from './records.ts';

/** The Conflict of a change that met this version (undefined: the record does not exist). */
export function conflictOf(change: RecordChange, version: number | undefined): Conflict {
  const { kind, id } = 'put' in change ? change.put : change.remove;
  const is =
    version === undefined
      ? 'does not exist'
      : change.expect === 'absent'
        ? 'exists already'
        : `has version ${version}, not ${change.expect}`;
  return new Conflict(`The record ${JSON.stringify(id)} of kind "${kind}" ${is}`);
}
