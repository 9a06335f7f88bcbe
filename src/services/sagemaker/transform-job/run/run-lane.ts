import { createSlots } from '../../jobs/driving/slots.ts';
import type { Batch, BatchInput, Lane } from './batch.ts';
import { openTraffic, transformObject } from './transform-object.ts';

export interface LaneWork<Input extends BatchInput> {
  batch: Batch;
  lane: Lane;
  /** The next object, of those that all lanes share; undefined after the last. */
  next(): Input | undefined;
  /** An object's output is stored; so many of its records failed. */
  done(input: Input, errors: number): void;
  /** It has none. What it throws ends the lane. */
  failed(input: Input, cause: unknown): void;
}

/** Outputs of small objects that are being stored at a time, while the next ones are read. */
const storingMax = 8;

/** Transforms objects through one instance until there are none left. Rejects with what `failed` throws, or with the halt. */
export async function runLane<Input extends BatchInput>({
  batch,
  lane,
  next,
  done,
  failed,
}: LaneWork<Input>): Promise<void> {
  const traffic = openTraffic(batch);
  const storing = createSlots(storingMax);
  const ends = new Set<Promise<void>>();
  let fatal: { cause: unknown } | undefined;
  for (;;) {
    const close = await storing.take(0, lane.halted);
    const input = close === undefined || fatal !== undefined ? undefined : next();
    if (input === undefined) break;
    const { read, stored } = transformObject(input, batch, lane, traffic);
    const end = stored
      .then(
        ({ errors }) => done(input, errors),
        (cause: unknown) => failed(input, cause),
      )
      .catch((cause: unknown) => {
        fatal ??= { cause };
      })
      .finally(() => {
        ends.delete(end);
        close?.();
      });
    ends.add(end);
    await read;
  }
  await Promise.all(ends);
  lane.halted.throwIfAborted();
  if (fatal !== undefined) throw fatal.cause;
}
