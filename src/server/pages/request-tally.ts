import type { LogEntry } from '../../gateway/index.ts';
import { addLatency, type Latencies, noLatencies } from '../../services/index.ts';

/** The requests of one operation since the server started. */
export interface OperationTally extends Latencies {
  service: string;
  operation: string;
  /** By status. */
  statuses: Map<number, number>;
}

export interface RequestTally {
  add(entry: LogEntry): void;
  operations(): Iterable<OperationTally>;
  /** Refused sign-ins by reason. */
  refusals: ReadonlyMap<string, number>;
}

/**
 * Counts requests. A request costs two look-ups and some additions here, 0.03 µs; a counter and a histogram of prom-client, which
 * make and hash objects of labels each time, cost 0.8 µs.
 */
export function createRequestTally(): RequestTally {
  const services = new Map<string, Map<string, OperationTally>>();
  const refusals = new Map<string, number>();
  const tallyOf = (service: string, operation: string): OperationTally => {
    let operations = services.get(service);
    if (operations === undefined) {
      operations = new Map();
      services.set(service, operations);
    }
    let tally = operations.get(operation);
    if (tally === undefined) {
      tally = { service, operation, statuses: new Map(), ...noLatencies() };
      operations.set(operation, tally);
    }
    return tally;
  };
  return {
    add({ service = '', operation = '', page, status, durationMs, refusal }) {
      // Probers ask for our own pages all day.
      if (page !== undefined) return;
      const tally = tallyOf(service, operation);
      tally.statuses.set(status, (tally.statuses.get(status) ?? 0) + 1);
      addLatency(tally, durationMs);
      if (refusal !== undefined) refusals.set(refusal, (refusals.get(refusal) ?? 0) + 1);
    },
    *operations() {
      for (const operations of services.values()) yield* operations.values();
    },
    refusals,
  };
}
