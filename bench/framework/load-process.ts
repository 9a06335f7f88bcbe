import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';

// A process of its own, with its order on standard input: sends the same request over and over on each of its connections, one
// at a time on each, and prints what it saw. Requests are given as base64 of their bytes; connections take them in turn.
interface Order {
  port: number;
  requests: readonly string[];
  connections: number;
  seconds: number;
  warmupSeconds: number;
}

export interface LoadReport {
  requestsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** Answers of another status than 200, and connections that broke. */
  failures: number;
  /** The first body, to see that the peer does the same. */
  body: string;
}

const order = JSON.parse(await text(process.stdin)) as Order;
const requests = order.requests.map((request) => Buffer.from(request, 'base64'));
const tookMs: number[] = [];
let failures = 0;
let body = '';
let measuring = false;
let over = false;

/** Bytes of the answer at the start of `bytes`, or undefined while it is not whole. */
function answerLength(bytes: Buffer): number | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const length = /\r\ncontent-length: *(\d+)/i.exec(bytes.toString('latin1', 0, headEnd))?.[1];
  const end = headEnd + 4 + Number(length ?? 0);
  return bytes.length < end ? undefined : end;
}

function drive(socket: Socket, request: Buffer): void {
  let waiting: Buffer = Buffer.alloc(0);
  let sentMs = 0;
  const send = (): void => {
    sentMs = performance.now();
    socket.write(request);
  };
  socket.setNoDelay(true);
  socket.on('connect', send);
  socket.on('error', () => {
    failures += 1;
  });
  socket.on('data', (chunk: Buffer) => {
    waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk]);
    const end = answerLength(waiting);
    if (end === undefined) return;
    if (waiting.toString('latin1', 9, 12) !== '200') failures += 1;
    if (body === '') body = waiting.toString('utf8', waiting.indexOf('\r\n\r\n') + 4, end);
    if (measuring) tookMs.push(performance.now() - sentMs);
    waiting = waiting.subarray(end);
    if (!over) send();
  });
}

const sockets = Array.from({ length: order.connections }, () => connect(order.port, '127.0.0.1'));
for (const [at, socket] of sockets.entries()) drive(socket, requests[at % requests.length]!);
setTimeout(() => {
  measuring = true;
}, order.warmupSeconds * 1000);
setTimeout(
  () => {
    over = true;
    const sorted = tookMs.sort((a, b) => a - b);
    const at = (share: number): number => sorted[Math.floor(share * sorted.length)] ?? Number.NaN;
    const report: LoadReport = {
      requestsPerSecond: sorted.length / order.seconds,
      p50Ms: at(0.5),
      p99Ms: at(0.99),
      failures,
      body,
    };
    console.log(JSON.stringify(report));
    for (const socket of sockets) socket.destroy();
  },
  (order.warmupSeconds + order.seconds) * 1000,
);
