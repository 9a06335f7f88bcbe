import type { GatewayOptions } from '../gateway/index.ts';

type Entry = Parameters<GatewayOptions['log']>[0];
type Level = 'info' | 'warn' | 'error';

/** The most warnings about unknown names of the server; each name is warned of once. */
const namesMax = 20;

/**
 * One line for each request. The default level shows failures on our side, and each unknown name by which the server is
 * called, since the answer to a HEAD cannot say what is wrong.
 */
export function requestLog(log: Readonly<Record<Level, (entry: Entry) => void>>): (entry: Entry) => void {
  const seen = new Set<string>();
  const isNews = ({ status, message }: Entry): boolean => {
    if (status !== 421 || message === undefined || seen.has(message) || seen.size >= namesMax) return false;
    seen.add(message);
    return true;
  };
  return (entry) => {
    // A page says 503 while the server starts: that is no fault.
    if (entry.page !== undefined) log.info(entry);
    else if (entry.status >= 500) log[entry.error === undefined ? 'warn' : 'error'](entry);
    else log[isNews(entry) ? 'warn' : 'info'](entry);
  };
}
