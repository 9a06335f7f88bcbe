import pg from 'pg';
import { messageOf } from '../../base/index.ts';

/** Notices the writes of other clients, by LISTEN on the channel that linnet.write notifies. */
export interface Listener {
  close(): Promise<void>;
}

const reconnectDelayMs = 500;

/**
 * Listens until closed, through lost connections. Calls `heard` for each change by another client than `sender`, and
 * `missed` after a gap in which changes may have gone unheard.
 */
export async function listen(
  config: pg.ClientConfig,
  sender: string,
  listener: { heard(kind: string, id: string): void; missed(): void; log(text: string): void },
): Promise<Listener> {
  let closed = false;
  let client: pg.Client;
  let retry: NodeJS.Timeout | undefined;

  const connect = async (): Promise<void> => {
    const fresh = new pg.Client({ keepAlive: true, ...config });
    let broken = false;
    const onBroken = (cause?: Error): void => {
      if (broken) return;
      broken = true;
      fresh.end().catch(() => undefined);
      if (fresh === client && !closed) reconnect(cause?.message ?? 'the connection ended');
    };
    fresh.on('error', onBroken);
    fresh.on('end', () => onBroken());
    fresh.on('notification', ({ payload = '' }) => {
      const [from, length] = payload.split(',', 2);
      const rest = payload.slice(`${from},${length},`.length);
      // PostgreSQL counts characters, JavaScript UTF-16 units.
      const kind = [...rest].slice(0, Number(length)).join('');
      if (from !== sender) listener.heard(kind, rest.slice(kind.length));
    });
    await fresh.connect();
    await fresh.query('listen linnet');
    client = fresh;
  };

  const reconnect = (because: string): void => {
    listener.log(`Listening for changes was interrupted (${because}); trying again`);
    retry = setTimeout(() => {
      connect().then(
        () => (closed ? client.end() : listener.missed()),
        (cause) => closed || reconnect(messageOf(cause)),
      );
    }, reconnectDelayMs);
  };

  await connect();
  return {
    async close() {
      closed = true;
      clearTimeout(retry);
      await client.end().catch(() => undefined);
    },
  };
}
