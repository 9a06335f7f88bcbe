/** Lines on standard output in the shape of the original: `[MM/DD/YYYY HH:MM:SS LEVEL thread] text`. */

export type Level = 'INFO' | 'WARNING' | 'ERROR';

export interface Log {
  /** A line with time and level. */
  line(text: string, level?: Level): void;
  /** A line as it is, such as `#metrics {...}`. */
  raw(text: string): void;
  /** Writes the gathered lines at once. */
  flush(): void;
}

/** Gathers lines and writes them together: an epoch of many models is hundreds of lines. */
const gatherBytesMax = 64 * 1024;

/** `write` gets whole lines; `nowMs` is the wall clock; `thread` the number the original prints. */
export function makeLog(options: { write: (text: string) => void; nowMs: () => number; thread: number }): Log {
  let gathered = '';
  const log: Log = {
    line(text, level = 'INFO') {
      log.raw(`[${stamp(options.nowMs())} ${level} ${options.thread}] ${text}`);
    },
    raw(text) {
      gathered += `${text}\n`;
      if (gathered.length > gatherBytesMax) log.flush();
    },
    flush() {
      if (gathered !== '') options.write(gathered);
      gathered = '';
    },
  };
  return log;
}

function stamp(ms: number): string {
  const [date = '', time = ''] = new Date(ms).toISOString().split('T');
  const [year, month, day] = date.split('-');
  return `${month}/${day}/${year} ${time.slice(0, 8)}`;
}

/** To standard output; a reader that went away must not stop the program. */
export function standardLog(): Log {
  process.stdout.on('error', () => {});
  return makeLog({ write: (text) => process.stdout.write(text), nowMs: Date.now, thread: process.pid });
}
