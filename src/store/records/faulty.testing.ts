import { Unavailable } from '../../base/index.ts';
import type { Records } from './records.ts';

/** The calls that can fail; `watch` and `close` never do. */
const failing = ['get', 'list', 'write', 'append', 'read', 'removeStream'] as const;

export interface FaultyRecords extends Records {
  /** How many calls that can fail were made so far. */
  readonly callCount: number;
}

/**
 * A twin of a store whose n-th call (counting from 1) rejects with Unavailable, once: before its effect, as when the
 * store cannot be reached, or after it, as when its answer is lost. Run a scenario with n = 1, 2, 3 … until callCount
 * stays below n.
 */
export function faultyRecords(records: Records, fault: { call: number; when: 'before' | 'after' }): FaultyRecords {
  let callCount = 0;
  const wrapped = Object.fromEntries(
    failing.map((method) => [
      method,
      async (...args: unknown[]): Promise<unknown> => {
        const fails = ++callCount === fault.call;
        const failure = new Unavailable(`Injected fault ${fault.when} call ${callCount}, ${method}`);
        if (fails && fault.when === 'before') throw failure;
        const answer = await (records[method] as (...args: unknown[]) => Promise<unknown>)(...args);
        if (fails) throw failure;
        return answer;
      },
    ]),
  ) as unknown as Pick<Records, (typeof failing)[number]>;
  return {
    ...wrapped,
    watch: (kind, changed) => records.watch(kind, changed),
    close: () => records.close(),
    get callCount() {
      return callCount;
    },
  };
}
