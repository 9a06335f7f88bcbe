import type { OwnPage } from '../../gateway/index.ts';
import type { ServerConfig } from '../config.ts';

export interface OwnPages {
  page(name: string, headers: Readonly<Record<string, string>>): Promise<OwnPage>;
  /** From now on the server is not ready. Resolves when a prober may have seen that: see ServerConfig.stopDelayMs. */
  beginStop(): Promise<void>;
}

export interface OwnPagesOptions extends Pick<ServerConfig, 'pages' | 'stopDelayMs'> {
  isReady(): boolean;
  metrics(): Promise<OwnPage>;
  /** What stands below `console`; left out, the console is off. */
  consolePage: ((name: string, headers: Readonly<Record<string, string>>) => Promise<OwnPage>) | undefined;
  steadyMs(): number;
}

/** Two questions within this time come from a prober, not from a person; one that was not seen for so long is gone. */
const proberMs = 60_000;
/** Without a setting, a stopping server stays for one more question about readiness, but no longer than this. */
const stopDelayMsDefault = 2_000;

/** What stands below `/_linnet/`. */
export function ownPages({ pages, stopDelayMs, isReady, metrics, consolePage, steadyMs }: OwnPagesOptions): OwnPages {
  let stopping = false;
  let askedMs = Number.NEGATIVE_INFINITY;
  let probedMs = Number.NEGATIVE_INFINITY;
  let seen = (): void => undefined;
  const ready = (): OwnPage => {
    if (steadyMs() - askedMs <= proberMs) probedMs = steadyMs();
    askedMs = steadyMs();
    if (stopping) seen();
    if (stopping) return plain(503, 'stopping');
    return isReady() ? plain(200, 'ready') : plain(503, 'starting');
  };
  return {
    async page(name, headers) {
      if (name === 'console' || name.startsWith('console/'))
        return (
          consolePage?.(name.slice('console'.length), headers) ??
          plain(404, 'The console is off; turn it on with --console on')
        );
      if (!isPage(name)) return plain(404, `There is no such page; there are ${names.join(', ')}`);
      if (pages === 'none' || (pages === 'probes' && name === 'metrics'))
        return plain(404, `This page is off; turn it on with --pages ${name === 'metrics' ? 'all' : 'probes'}`);
      if (name === 'metrics') return metrics();
      return name === 'ready' ? ready() : plain(200, 'ok');
    },
    beginStop() {
      stopping = true;
      if (steadyMs() - probedMs > proberMs && stopDelayMs === undefined) return Promise.resolve();
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, stopDelayMs ?? stopDelayMsDefault);
        if (stopDelayMs !== undefined) return;
        seen = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    },
  };
}

const names = ['health', 'ready', 'metrics'] as const;
const isPage = (name: string): name is (typeof names)[number] => (names as readonly string[]).includes(name);

const plain = (status: number, text: string): OwnPage => ({
  status,
  contentType: 'text/plain; charset=utf-8',
  text: `${text}\n`,
});
