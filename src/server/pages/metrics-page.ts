import { readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { OwnPage } from '../../gateway/index.ts';
import type { SagemakerServices } from '../../services/index.ts';
import type { Records } from '../../store/index.ts';
import { storeFolders } from '../data-folder/data-folder.ts';
import { packageVersion } from '../package-version.ts';
import type { ProcessState, StoreState } from './metrics.ts';
import type { RequestTally } from './request-tally.ts';

export interface MetricsOptions {
  requests: RequestTally;
  services: Pick<SagemakerServices, 'observe'>;
  records: Records;
  dataFolder: string;
  steadyMs(): number;
}

/** The page for Prometheus. Its library is loaded with the first question. */
export const metricsPage =
  ({ requests, services, records, dataFolder, steadyMs }: MetricsOptions) =>
  async (): Promise<OwnPage> => {
    const { metricsText, metricsType } = await import('./metrics.ts');
    const store = await observeStore(records, dataFolder, steadyMs);
    const observation = await services.observe();
    const text = await metricsText({
      version: packageVersion(),
      requests,
      services: observation,
      store,
      process: observeProcess(),
    });
    return { status: 200, contentType: metricsType, text };
  };

async function observeStore(records: Records, dataFolder: string, steadyMs: () => number): Promise<StoreState> {
  const startedMs = steadyMs();
  const up = await records.get('server', 'home-region').then(
    () => true,
    () => false,
  );
  const readSeconds = (steadyMs() - startedMs) / 1000;
  const { bavail, blocks, bsize } = await statfs(dataFolder);
  const recordsBytes = await folderBytes(storeFolders(dataFolder).records);
  return { up, readSeconds, recordsBytes, freeBytes: bavail * bsize, sizeBytes: blocks * bsize };
}

async function folderBytes(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const sizes = names.map((name) =>
    stat(join(folder, name)).then(
      ({ size }) => size,
      () => 0,
    ),
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

function observeProcess(): ProcessState {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  return {
    startedSeconds: performance.timeOrigin / 1000,
    cpuSeconds: (user + system) / 1e6,
    residentBytes: rss,
    heapBytes: heapUsed,
    busySeconds: performance.eventLoopUtilization().active / 1000,
  };
}
