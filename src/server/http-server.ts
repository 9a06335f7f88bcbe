import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { Server as NetServer } from 'node:net';
import { DataError } from '../base/index.ts';
import type { Gateway } from '../gateway/index.ts';
import type { Tls } from './certificate.ts';
import type { ServerConfig } from './config.ts';

const noAddress = 'that is no address of this machine; --host takes one, or 0.0.0.0 or :: for all of them';
/** Why a port cannot be had, by the error's code. */
const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program uses that port; choose another with --port, or 0 for any free one',
  EACCES: 'the user of this process may not have that port; choose one from 1024 on with --port',
  EADDRNOTAVAIL: noAddress,
  ENOTFOUND: noAddress,
};

/** Rejects with DataError when the address cannot be listened on. */
export function listen(
  { host, port }: Pick<ServerConfig, 'host' | 'port'>,
  pair: Tls['pair'] | undefined,
  gateway: Gateway,
): Promise<Server> {
  const server = pair === undefined ? createServer() : createTlsServer(pair);
  gateway.attach(server);
  // Uploads of any size may take any time; the gateway ends idle and half-sent requests.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 65_000;
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const reason = reasons[cause.code ?? ''] ?? cause.message;
      reject(new DataError(`Linnet cannot listen on ${host}:${port}: ${reason}`));
    });
    // `localhost` may mean ::1 first, and clients are pointed at 127.0.0.1.
    server.listen(port, host === 'localhost' ? '127.0.0.1' : host, () => resolve(server));
  });
}

/** A client that keeps a connection may be sending its next request just now: idle ones live on for so long. */
const idleMs = 500;
const lookMs = 50;

/**
 * Refuses new connections and answers requests on open ones, closing each with its answer. Cuts what is left
 * after the grace.
 */
export function closeServer(server: Server, gateway: Gateway, graceMs: number): Promise<void> {
  gateway.beginStop();
  return new Promise((resolve) => {
    let looking: NodeJS.Timeout | undefined;
    // An answer that had begun before could not say that its connection closes.
    const idle = setTimeout(() => {
      server.closeIdleConnections();
      looking = setInterval(() => server.closeIdleConnections(), lookMs);
    }, idleMs);
    const cut = setTimeout(() => server.closeAllConnections(), graceMs);
    // Not http's own close, which cuts idle connections at once and with them requests on their way.
    NetServer.prototype.close.call(server, () => {
      clearTimeout(idle);
      clearInterval(looking);
      clearTimeout(cut);
      resolve();
    });
  });
}
