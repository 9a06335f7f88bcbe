import type { LogEntry } from '../gateway/index.ts';

type Level = 'debug' | 'warn' | 'error';

export interface RequestLogOptions {
  log: Readonly<Record<Level, (entry: object, text?: string) => void>>;
  steadyMs(): number;
}

/** The most warnings about unknown names of the server; each name is warned of once. */
const namesMax = 20;
/** The most lines about refused sign-ins in a minute; the next minute's first line counts the others. */
const refusalsMax = 10;
const minuteMs = 60_000;

/**
 * One line for each request. The default level shows failures on our side, refused sign-ins, and each unknown name by which
 * the server is called, since the answer to a HEAD cannot say what is wrong.
 */
export function requestLog({ log, steadyMs }: RequestLogOptions): (entry: LogEntry) => void {
  const isNewName = nameWatch();
  const refusalLine = refusalWatch(steadyMs);
  return (entry) => {
    // A page says 503 while the server starts: that is no fault.
    if (entry.page !== undefined) return log.debug(entry);
    if (entry.status >= 500) return log[entry.error === undefined ? 'warn' : 'error'](entry);
    if (entry.status === 421) return log[isNewName(entry) ? 'warn' : 'debug'](entry);
    const line = refusalLine(entry);
    if (line !== undefined) return log.warn(line, 'Sign-in refused');
    log.debug(entry.code === 'ModelError' ? withoutMessage(entry) : entry);
  };
}

/** A program's own message may show what it was sent. */
const withoutMessage = ({ message: _, ...entry }: LogEntry): object => entry;

function nameWatch(): (entry: LogEntry) => boolean {
  const seen = new Set<string>();
  return ({ message }) => {
    if (message === undefined || seen.has(message) || seen.size >= namesMax) return false;
    seen.add(message);
    return true;
  };
}

/** The line about a refused sign-in; undefined for other requests, and when there were too many. */
function refusalWatch(steadyMs: () => number): (entry: LogEntry) => object | undefined {
  let sinceMs = Number.NEGATIVE_INFINITY;
  let shown = 0;
  let hidden = 0;
  return (entry) => {
    const { refusal, peer, service, operation, accessKeyId, requestId } = entry;
    if (refusal === undefined || refusal === 'cross-origin') return undefined;
    if (steadyMs() - sinceMs > minuteMs) {
      sinceMs = steadyMs();
      shown = 0;
    }
    if (shown >= refusalsMax) {
      hidden += 1;
      return undefined;
    }
    shown += 1;
    const more = hidden === 0 ? {} : { notShown: hidden };
    hidden = 0;
    return { reason: refusal, peer, service, operation, accessKeyId, requestId, ...more };
  };
}
