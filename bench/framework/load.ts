import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { LoadReport } from './load-process.ts';

const program = fileURLToPath(new URL('./load-process.js', import.meta.url));

export interface Load {
  /** On loopback. */
  port: number;
  /** The bytes of one HTTP/1.1 request whose connection is kept; of several, each connection takes its own in turn. */
  request: Buffer | readonly Buffer[];
  /** Each sends its next request when it has the answer to the last. */
  connections: number;
  seconds: number;
  warmupSeconds: number;
}

/** Loads a server from another process. Rejects when no answer came, or one was no success. */
export async function measureLoad({ request, ...load }: Load): Promise<LoadReport> {
  const requests = [request].flat().map((bytes) => bytes.toString('base64'));
  const order = JSON.stringify({ ...load, requests });
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(order);
  const [output] = await Promise.all([text(child.stdout), once(child, 'close')]);
  const report = JSON.parse(output) as LoadReport;
  if (report.failures > 0) throw new Error(`${report.failures} requests failed: ${report.body.slice(0, 200)}`);
  if (!(report.requestsPerSecond > 0)) throw new Error('no request was answered');
  return report;
}
