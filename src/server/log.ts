import { type Logger, pino } from 'pino';
import type { ServerConfig } from './config.ts';

/** The log of the server, on standard error: a line for people, or one of JSON, for each event. */
export function openLog({ logLevel, logFormat }: Pick<ServerConfig, 'logLevel' | 'logFormat'>): Logger {
  const output = pino.destination({ dest: 2, sync: true });
  const stream = logFormat === 'json' ? output : { write: (line: string) => output.write(asText(line)) };
  const options = {
    level: logLevel,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level: string) => ({ level }) },
    serializers: { error: pino.stdSerializers.err },
  };
  return pino(options, stream);
}

/** `2026-11-30T16:00:00.000Z info  Endpoint "a" is in service`, further members as `name=value`, a stack below. */
export function asText(line: string): string {
  const { level, time, msg, message, error, err, method, path, status, ...rest } = JSON.parse(line) as Record<
    string,
    unknown
  >;
  const request = method === undefined ? [] : [method, path, status];
  const members = Object.entries(rest).map(
    ([name, value]) => `${name}=${isPlain(value) ? value : JSON.stringify(value)}`,
  );
  const words = [...request, msg ?? message, ...members].filter((word) => word !== undefined);
  const stack = stackOf(error ?? err);
  const text = stack === undefined ? words.join(' ') : `${words.join(' ')}\n${stack}`;
  return `${time} ${String(level).padEnd(5)} ${harmless(text)}\n`;
}

/** A message of a program could otherwise write lines that look like ours, or steer the terminal. */
const harmless = (text: string): string => text.replace(/(?!\n)\p{Cc}/gu, '').replaceAll('\n', '\n  ');

const isPlain = (value: unknown): boolean => typeof value !== 'object' && /^[^\s"=]+$/.test(String(value));

const stackOf = (error: unknown): string | undefined =>
  typeof error === 'string' ? error : (error as { stack?: string } | undefined)?.stack;
