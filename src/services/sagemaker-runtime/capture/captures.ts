import { messageOf } from '../../../base/index.ts';
import type { Objects } from '../../../store/index.ts';
import { joinS3, parseS3Uri } from '../../sagemaker/s3-uri.ts';
import type { Timers } from '../../timers.ts';
import { type CapturedInvocation, captureLine } from './event.ts';
import type { CaptureRule } from './rule.ts';

/** The variant that an invocation is captured for. */
export interface CapturedVariant {
  region: string;
  endpoint: string;
  variant: string;
}

/** Invocations on their way to files in S3. Nothing that happens to them reaches their callers. */
export interface Captures {
  /** Takes an invocation that succeeded, if its turn comes by the rule's share. */
  offer(variant: CapturedVariant, rule: CaptureRule, invocation: Omit<CapturedInvocation, 'eventId' | 'timeMs'>): void;
  /** Whether the last file of an endpoint could not be stored. */
  isFailing(region: string, endpoint: string): boolean;
  /** Stores all that waits. */
  close(): Promise<void>;
}

export interface CapturesOptions {
  objectsAs(role: string | undefined): Pick<Objects, 'put'>;
  timers: Timers;
  nowMs(): number;
  newId(): string;
  /** From 0 to 1, without 1. */
  random(): number;
  warn(text: string): void;
}

/** A file is stored when its first line is this old, or when it has so many bytes. */
const ageMaxMs = 10_000;
const fileBytesMax = 4 * 1024 * 1024;
/** The most bytes that wait in memory, of all endpoints together. Beyond it invocations are not captured. */
const waitingBytesMax = 64 * 1024 * 1024;
/** What cannot be stored for so long is given up. */
const patienceMs = 3_600_000;

/** The lines of one file to be. */
interface File {
  variant: CapturedVariant;
  /** `s3://bucket/prefix/endpoint/variant/yyyy/mm/dd/hh` */
  folder: string;
  role: string | undefined;
  timeMs: number;
  lines: string[];
  bytes: number;
}

export function openCaptures(options: CapturesOptions): Captures {
  const { objectsAs, timers, nowMs, newId, random, warn } = options;
  const files = new Map<string, File>();
  const failing = new Set<string>();
  const storing = new Set<Promise<void>>();
  let waitingBytes = 0;
  let lost = 0;
  let cancelNext: (() => void) | undefined;

  const store = async (file: File): Promise<void> => {
    const { endpoint } = file.variant;
    const key = keyOf(file.variant);
    const target = parseS3Uri(joinS3(file.folder, `${minuteOf(file.timeMs)}-${newId()}.jsonl`), 'DestinationS3Uri');
    try {
      const body = Buffer.from(`${file.lines.join('\n')}\n`);
      await objectsAs(file.role).put(target, body, { attributes: { contentType: 'application/x-jsonlines' } });
      waitingBytes -= file.bytes;
      if (failing.delete(key)) warn(`Capturing data of endpoint "${endpoint}" works again`);
    } catch (cause) {
      if (!failing.has(key))
        warn(
          `Captured data of endpoint "${endpoint}" cannot be stored at ${file.folder}; it is tried again: ${messageOf(cause)}`,
        );
      failing.add(key);
      if (nowMs() - file.timeMs < patienceMs) return putBack(file);
      waitingBytes -= file.bytes;
      lost += file.lines.length;
    }
  };
  const putBack = (file: File): void => {
    const later = files.get(file.folder);
    const lines = [...file.lines, ...(later?.lines ?? [])];
    files.set(file.folder, { ...file, lines, bytes: file.bytes + (later?.bytes ?? 0) });
    watch();
  };
  const take = (file: File): Promise<void> => {
    files.delete(file.folder);
    const work: Promise<void> = store(file).finally(() => storing.delete(work));
    storing.add(work);
    return work;
  };
  /** One timer for all files: whichever is the oldest, all that are there when it rings are stored. */
  const watch = (): void => {
    cancelNext ??= timers.after(ageMaxMs, () => {
      cancelNext = undefined;
      if (lost > 0)
        warn(
          `${lost} invocations were not captured: files could not be stored for an hour, or ${waitingBytesMax} bytes wait`,
        );
      lost = 0;
      for (const file of [...files.values()]) void take(file);
    });
  };
  return {
    offer(variant, rule, given) {
      if (random() * 100 >= rule.percent) return;
      const timeMs = nowMs();
      const line = captureLine(rule, { ...given, eventId: newId(), timeMs });
      const bytes = Buffer.byteLength(line) + 1;
      if (waitingBytes + bytes > waitingBytesMax) {
        lost += 1;
        return;
      }
      waitingBytes += bytes;
      const { role } = rule;
      const folder = folderOf(rule.destination, variant, timeMs);
      const file = files.get(folder) ?? { variant, folder, role, timeMs, lines: [], bytes: 0 };
      // An update may have given the variant a model of another role.
      file.role = role;
      files.set(folder, file);
      file.lines.push(line);
      file.bytes += bytes;
      // What was refused before waits for the timer.
      if (file.bytes >= fileBytesMax && !failing.has(keyOf(variant))) void take(file);
      else watch();
    },
    isFailing: (region, endpoint) => failing.has(keyOf({ region, endpoint })),
    async close() {
      await Promise.all(storing);
      cancelNext?.();
      await Promise.all([...files.values()].map(take));
      cancelNext?.();
      const left = [...files.values()].reduce((sum, { lines }) => sum + lines.length, 0);
      if (left > 0) warn(`${left} captured invocations could not be stored before the server stopped`);
    },
  };
}

const keyOf = ({ region, endpoint }: Pick<CapturedVariant, 'region' | 'endpoint'>): string => `${region}/${endpoint}`;

/** Amazon's layout: by endpoint, variant and hour. */
function folderOf(destination: string, { endpoint, variant }: CapturedVariant, timeMs: number): string {
  const hour = new Date(timeMs).toISOString().slice(0, 13).replace(/[-T]/g, '/');
  return joinS3(destination, `${endpoint}/${variant}/${hour}`);
}

/** `mm-ss-milliseconds` within its hour. */
const minuteOf = (timeMs: number): string => new Date(timeMs).toISOString().slice(14, 23).replace(/[:.]/g, '-');
