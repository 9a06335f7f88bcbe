import { messageOf, Unavailable } from '../../../base/index.ts';

/** Primary result codes of SQLite (sqlite.org/rescode.html). */
const busy = 5;
const damaged = [11, 26];
const full = 13;
/** ERROR, INTERNAL, CONSTRAINT, MISMATCH, MISUSE, RANGE: a statement of ours was wrong. All others are outside failures. */
const ourBugs = [1, 2, 19, 20, 21, 25];

/** The primary result code of an error of node:sqlite (errcode) or libsql (rawCode, or the end of the message). */
function codeOf(thrown: unknown): number | undefined {
  const { errcode, rawCode, message = '' } = thrown as { errcode?: number; rawCode?: number; message?: string };
  const code = errcode ?? rawCode ?? /ConnectionFailed\(.*: (\d+)/.exec(message)?.[1];
  return code === undefined ? undefined : Number(code) & 0xff;
}

export const isBusy = (thrown: unknown): boolean => codeOf(thrown) === busy;
export const isDamage = (thrown: unknown): boolean => damaged.includes(codeOf(thrown) ?? 0);

/** The seam's error for one of SQLite's: Unavailable for outside failures, our own unchanged. */
export function translated(thrown: unknown, file: string): unknown {
  const code = codeOf(thrown);
  if (code === undefined || ourBugs.includes(code)) return thrown;
  const what = code === full ? `The disk under ${file} is full` : `The database ${file} fails`;
  return new Unavailable(`${what}: ${messageOf(thrown)}`, { cause: thrown });
}
