import { Conflict, messageOf } from '../../../base/index.ts';
import type { Bucket, Objects, StoredVersion } from '../../../store/index.ts';
import type { S3Settings } from '../context.ts';
import { isLocked } from '../lock/locks.ts';
import { abortOf, dueOf } from './due.ts';
import { rulesOf } from './rules.ts';

type Settings = Pick<S3Settings, 'objects' | 'nowMs'>;

/** Removals that are under way at a time. */
const sideBySide = 8;

/** What a sweep did. */
export interface Swept {
  expired: number;
  removed: number;
  aborted: number;
}

/** Applies the lifecycle rules of all buckets once. Rejects with Unavailable when the store fails; the next sweep does the rest. */
export async function sweepLifecycle(settings: Settings, stopped: () => boolean = () => false): Promise<Swept> {
  const swept: Swept = { expired: 0, removed: 0, aborted: 0 };
  for (const bucket of await settings.objects.buckets()) {
    if (stopped()) break;
    if (bucket.readOnly || rulesOf(bucket).length === 0) continue;
    await abortUploads(settings, bucket, swept);
    await removeObjects(settings, bucket, swept, stopped);
  }
  return swept;
}

async function abortUploads({ objects, nowMs }: Settings, bucket: Bucket, swept: Swept): Promise<void> {
  const rules = rulesOf(bucket);
  if (!rules.some(({ abortAfterDays }) => abortAfterDays !== undefined)) return;
  for (const upload of await objects.uploads(bucket.name)) {
    const end = abortOf(rules, upload);
    if (end === undefined || end.atMs > nowMs()) continue;
    if (await done(objects.abortUpload(upload))) swept.aborted++;
  }
}

async function removeObjects(
  { objects, nowMs }: Settings,
  bucket: Bucket,
  swept: Swept,
  stopped: () => boolean,
): Promise<void> {
  const rules = rulesOf(bucket);
  if (rules.every(({ expiration, noncurrent, removesMarkers }) => !expiration && !noncurrent && !removesMarkers))
    return;
  const permit = (version: StoredVersion): void => {
    if (isLocked(version, nowMs())) throw new Conflict(`${version.key} is locked`);
  };
  const running = new Set<Promise<void>>();
  const run = async (task: Promise<void>): Promise<void> => {
    const mine = task.finally(() => running.delete(mine));
    // Awaited below.
    mine.catch(() => undefined);
    running.add(mine);
    if (running.size >= sideBySide) await Promise.race(running);
  };
  const removeOne = async (versions: readonly StoredVersion[]): Promise<void> => {
    const { expired, removed } = dueOf(rules, versions, nowMs());
    if (expired !== undefined) {
      const { key, etag, modifiedAtMs } = expired;
      const removal = objects.remove(bucket.name, key, { expect: { etag, modifiedAtMs }, permit });
      if (await done(removal)) swept.expired++;
    }
    for (const { key, versionId } of removed)
      if (await done(objects.remove(bucket.name, key, { versionId, permit }))) swept.removed++;
  };
  for await (const versions of byKey(objects, bucket.name)) {
    if (stopped()) break;
    await run(removeOne(versions));
  }
  await Promise.all(running);
}

/** Whether a removal was done; what was changed or locked in between stays. */
async function done(removal: Promise<unknown>): Promise<boolean> {
  try {
    await removal;
    return true;
  } catch (thrown) {
    if (thrown instanceof Conflict) return false;
    throw thrown;
  }
}

/** The versions of each key, newest first. */
async function* byKey(objects: Pick<Objects, 'versions'>, bucket: string): AsyncGenerator<StoredVersion[]> {
  let versions: StoredVersion[] = [];
  for (let after: StoredVersion | undefined; ; ) {
    const page: StoredVersion[] = await objects.versions(bucket, after === undefined ? {} : { after });
    for (const version of page) {
      if (versions.length > 0 && versions[0]!.key !== version.key) {
        yield versions;
        versions = [];
      }
      // A version that went in between may bring those behind it once more.
      if (!versions.some(({ versionId }) => versionId === version.versionId)) versions.push(version);
    }
    after = page.at(-1);
    if (page.length < pageMax) break;
  }
  if (versions.length > 0) yield versions;
}

const pageMax = 1000;

/** How often the rules are applied. They count in days that end at midnight. */
const everyMs = 3_600_000;

/** Applies the rules now and then until it is closed. */
export function lifecycleSweeps(settings: Settings & Pick<S3Settings, 'warn'>): { close(): Promise<void> } {
  let closing = false;
  let sweeping: Promise<void> = Promise.resolve();
  const sweepOnce = async (): Promise<void> => {
    try {
      await sweepLifecycle(settings, () => closing);
    } catch (thrown) {
      // The next sweep tries again.
      settings.warn(`The lifecycle rules of the buckets could not be applied: ${messageOf(thrown)}`);
    }
  };
  const sweep = (): void => {
    sweeping = sweeping.then(sweepOnce);
  };
  sweep();
  const timer = setInterval(sweep, everyMs).unref();
  return {
    async close() {
      closing = true;
      clearInterval(timer);
      await sweeping;
    },
  };
}
