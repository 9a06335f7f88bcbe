import type pg from 'pg';
import { databaseUser } from './cluster.ts';
import { socketPort } from './socket.ts';

/** How to reach the PostgreSQL whose socket lies in this folder, in pg's words. */
export const connectionTo = (socket: string): pg.ClientConfig => ({
  host: socket,
  port: socketPort,
  user: databaseUser,
  database: 'postgres',
  // Said here so that no PG* variable of the user's environment speaks for them.
  password: 'none',
  ssl: false,
  client_encoding: 'UTF8',
  options: '-c search_path=linnet',
  application_name: `linnet ${process.pid}`,
});
