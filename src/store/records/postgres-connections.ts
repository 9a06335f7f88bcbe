import pg from 'pg';
import { Unavailable } from '../../base/index.ts';
import { isConnectionLoss, isRolledBack, translated } from './postgres-errors.ts';

export interface Statement {
  /** Named statements are parsed once for each connection. */
  name?: string;
  text: string;
  values: unknown[];
}

/** The connections of one client of the database. */
export interface Connections {
  /** Runs a statement and tries again after a lost connection, which is right only for statements that change nothing. */
  read<Row extends Record<string, unknown>>(statement: Statement): Promise<Row[]>;
  /** Runs a statement that may have been done when it rejects with Unavailable. */
  write<Row extends Record<string, unknown>>(statement: Statement): Promise<Row[]>;
  /** Lends a connection. */
  using<Value>(use: (client: pg.PoolClient) => Promise<Value>): Promise<Value>;
  close(): Promise<void>;
}

/** Enough for group commit to pay. */
const connectionCountMax = 8;
/** After this time nothing is tried again: a server that is silent rather than gone would take its full wait each time. */
const retryWindowMs = 5000;
/** Waits before trying again to connect: together they outlast a restart of PostgreSQL on the same machine. */
const retryDelaysMs = [0, 50, 100, 200, 400, 800];

export function openConnections(config: pg.PoolConfig): Connections {
  const pool = new pg.Pool({
    max: connectionCountMax,
    keepAlive: true,
    ...config,
  });
  let closed: Promise<void> | undefined;
  // A connection that breaks is dropped by the pool when idle and by its next statement when lent. Without listeners for
  // both the event would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));

  const connect = async (): Promise<pg.PoolClient> => {
    const startMs = performance.now();
    for (let attempt = 0; ; attempt++) {
      if (closed) throw new Unavailable('The store is closed', { retry: false });
      try {
        return await pool.connect();
      } catch (cause) {
        const delayMs = retryDelaysMs[attempt];
        if (delayMs === undefined || !isConnectionLoss(cause) || performance.now() - startMs > retryWindowMs)
          throw cause;
        await new Promise((resolve) => setTimeout(resolve, delayMs));
      }
    }
  };

  const run = async <Row extends Record<string, unknown>>(statement: Statement): Promise<Row[]> => {
    const client = await connect();
    try {
      const { rows } = await client.query<Row>(statement);
      client.release();
      return rows;
    } catch (cause) {
      // A connection in an unknown state is discarded; one that only refused a statement is kept.
      client.release(isConnectionLoss(cause));
      throw cause;
    }
  };

  const retried = async <Row extends Record<string, unknown>>(
    statement: Statement,
    again: (thrown: unknown) => boolean,
  ): Promise<Row[]> => {
    const startMs = performance.now();
    for (let attempt = 1; ; attempt++) {
      try {
        return await run<Row>(statement);
      } catch (cause) {
        if (attempt === 3 || closed || !again(cause) || performance.now() - startMs > retryWindowMs)
          throw translated(cause);
      }
    }
  };

  return {
    read: (statement) => retried(statement, isConnectionLoss),
    write: (statement) => retried(statement, isRolledBack),
    async using(use) {
      try {
        const client = await connect();
        try {
          return await use(client);
        } finally {
          client.release();
        }
      } catch (cause) {
        throw translated(cause);
      }
    },
    close() {
      closed ??= pool.end();
      return closed;
    },
  };
}
