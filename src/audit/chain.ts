import { createHmac } from 'node:crypto';

/** What happened, as JSON. */
export type AuditEvent = Readonly<Record<string, unknown>>;

/** A line of the log: its number from 1, and the seal over itself and the seal of the line before. */
export interface Link {
  number: number;
  seal: string;
}

/** Before the first line. */
export const noLink: Link = { number: 0, seal: ''.padStart(64, '0') };

/** The key of the chain: only its holder can make a line that fits, and so nobody else can edit or leave out one. */
export const chainKey = (sealingKey: Uint8Array): Buffer =>
  createHmac('sha256', sealingKey).update('linnet audit chain').digest();

const sealOf = (key: Uint8Array, before: Link, text: string): string =>
  createHmac('sha256', key).update(`${before.seal} ${text}`).digest('hex');

/** The next line, `<seal> <JSON>`, and the link that it is. */
export function nextLine(key: Uint8Array, before: Link, event: AuditEvent): { line: string; link: Link } {
  const number = before.number + 1;
  const text = JSON.stringify({ n: number, ...event });
  const seal = sealOf(key, before, text);
  return { line: `${seal} ${text}\n`, link: { number, seal } };
}

/** The link that a line is after the one before; a text that says what is wrong where it does not fit. */
export function readLine(key: Uint8Array, before: Link, line: string): Link | string {
  const [, seal = '', text = ''] = /^([0-9a-f]{64}) (\{.*\})$/.exec(line) ?? [];
  const number = Number(/^\{"n":(\d+),/.exec(text)?.[1]);
  if (seal === '' || Number.isNaN(number)) return 'it is no line of this log';
  if (number !== before.number + 1)
    return `it has the number ${number} where ${before.number + 1} is expected: lines were removed, added or moved`;
  if (seal !== sealOf(key, before, text)) return 'its seal does not fit: this line, or the one before it, was changed';
  return { number, seal };
}

/** The seal of head.json, which says how far the log reached: without the key nobody can make one for an earlier line. */
export const headSeal = (key: Uint8Array, { number, seal }: Link): string =>
  createHmac('sha256', key).update(`head ${number} ${seal}`).digest('hex');
