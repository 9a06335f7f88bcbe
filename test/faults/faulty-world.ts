import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { ServiceError, Unavailable } from '../../src/base/index.ts';
import type { Compute } from '../../src/compute/index.ts';
import { containerPaths } from '../../src/contract/index.ts';
import { createWorld } from '../../src/services/testing/world.ts';
import { memoryRecords } from '../../src/store/index.ts';
import { faultyRecords } from '../../src/store/records/faulty.testing.ts';

/** Programs that print a line and are done at once, so that a job costs a millisecond and the store's calls are all there is. */
const instantCompute = (line: string): Compute => ({
  async start({ root, onLine }) {
    await onLine(line);
    writeFileSync(`${containerPaths(root).model}/model_algo-1`, 'model');
    const exit = Promise.resolve({ code: 0, signal: null });
    return { address: undefined, seenRoot: root, exit, stop: async () => undefined };
  },
  addressesOf: async () => ({ addresses: {}, port: 0 }),
  reap: async () => undefined,
  close: async () => undefined,
});

type World = Awaited<ReturnType<typeof createWorld>>;

export interface FaultyWorld extends World {
  /** Calls an operation until it is answered, as a client does; undefined where its name is taken by its own lost answer. */
  patiently(...call: Parameters<World['call']>): Promise<any>;
  /** The fault, for messages. */
  fault: string;
}

/** Makes a test of each place of the fault: `work` is run with the first call of the store failing, then the second, until none is left. */
export function testFaults(
  says: (when: string) => string,
  { line, callsMin, ...options }: { line: string; callsMin: number } & Partial<Parameters<typeof createWorld>[1]>,
  work: (world: FaultyWorld) => Promise<void>,
): void {
  for (const when of ['before', 'after'] as const) {
    test(says(when), { timeout: 120_000 }, async (t) => {
      let call = 0;
      for (let made = 1; made > call; ) {
        call += 1;
        made = await withFault(t, call, when);
      }
      assert.ok(call > callsMin, `${call} calls were made to fail`);
    });
  }

  /** Answers how many calls were made. */
  async function withFault(t: TestContext, call: number, when: 'before' | 'after'): Promise<number> {
    const storeRecords = memoryRecords();
    const records = faultyRecords(storeRecords, { call, when });
    const compute = instantCompute(line);
    const world = await createWorld(t, { storeRecords, records, compute, ...options }).catch((cause: unknown) => cause);
    // A server whose store fails while it starts does not start; that is not this test's matter.
    if (world instanceof Unavailable) return call + 1;
    assert.ok(!(world instanceof Error) && world !== null, String(world));
    const started = world as World;
    await work({
      ...started,
      fault: `fault ${when} call ${call}`,
      async patiently(...args) {
        for (;;) {
          try {
            return await started.call(...args);
          } catch (thrown) {
            // What a client sees of a lost answer: 503, and then that the name is taken.
            if (thrown instanceof ServiceError && thrown.code === 'ResourceInUse') return undefined;
            assert.ok(thrown instanceof Unavailable, String(thrown));
          }
        }
      },
    });
    const made = records.callCount;
    await started.close();
    return made;
  }
}
