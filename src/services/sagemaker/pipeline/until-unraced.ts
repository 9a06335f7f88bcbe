import { Conflict } from '../../../base/index.ts';
import type { RecordOf } from '../../../store/index.ts';
import type { PipelineBody } from './record.ts';

/** Concurrent writers of one pipeline; more lost races in a row than this are no coincidence. */
const racesMax = 100;

/** Does something with a pipeline again until no other request has come between. */
export async function untilUnraced<Result>(
  read: () => Promise<RecordOf<PipelineBody>>,
  attempt: (record: RecordOf<PipelineBody>) => Promise<Result>,
): Promise<Result> {
  for (let races = 0; ; races += 1) {
    const record = await read();
    try {
      return await attempt(record);
    } catch (thrown) {
      if (!(thrown instanceof Conflict) || races >= racesMax) throw thrown;
    }
  }
}
