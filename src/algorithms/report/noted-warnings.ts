import type { Warning } from '../../reports/index.ts';
import type { Log } from '../program/output/log.ts';

/** The same log, which keeps what it warns of. */
export function notingWarnings(log: Log): { log: Log; warnings: Warning[] } {
  const warnings: Warning[] = [];
  const noting: Log = {
    ...log,
    line(text, level) {
      if (level === 'WARNING') warnings.push({ kind: 'log', text });
      log.line(text, level);
    },
  };
  return { log: noting, warnings };
}
