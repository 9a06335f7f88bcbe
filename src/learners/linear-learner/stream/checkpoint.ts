import type { DescentState } from '../../../kernels/index.ts';
import type { FitObserver } from '../model.ts';
import type { Job } from '../problem.ts';
import type { Ensemble } from './ensemble.ts';
import type { Streamed, StreamProgress } from './streamed.ts';

/** Where a job keeps its latest checkpoint. `save` replaces the one before as a whole or not at all. */
export interface CheckpointStore {
  load(): Promise<Uint8Array | undefined>;
  save(bytes: Uint8Array): Promise<void>;
}

/** The streaming phase of one job, saved and resumed. */
export interface Checkpoint {
  /** Puts the ensemble where an earlier run of the same job left it. Undefined when there is no checkpoint to resume. */
  resume(ensemble: Ensemble, observer: FitObserver): Promise<StreamProgress | undefined>;
  save(ensemble: Ensemble, progress: StreamProgress): Promise<void>;
  /** Saves when the last checkpoint is old. */
  saveWhenDue(ensemble: Ensemble, progress: StreamProgress): Promise<void>;
}

/** A crash costs at most this much training, and a write at most a small share of it. */
const saveEveryMs = 60_000;

export function makeCheckpoint(job: Job, store: CheckpointStore, nowMs: () => number): Checkpoint {
  const fingerprint = fingerprintOf(job);
  let savedAtMs = nowMs();
  const save = async (ensemble: Ensemble, progress: StreamProgress): Promise<void> => {
    await store.save(writeCheckpoint({ fingerprint, progress, state: ensemble.read() }));
    savedAtMs = nowMs();
  };
  return {
    async resume(ensemble, observer) {
      const bytes = await store.load();
      if (bytes === undefined) return undefined;
      const saved = readCheckpoint(bytes);
      if (saved === undefined) {
        observer.notice('The checkpoint is damaged or of another version: training starts anew');
        return undefined;
      }
      if (saved.fingerprint !== fingerprint) {
        observer.notice('The checkpoint is of another job (other hyperparameters or rows): training starts anew');
        return undefined;
      }
      ensemble.write(saved.state);
      const { epoch, rowsDone, finished } = saved.progress;
      const place = rowsDone > 0 ? `epoch ${epoch}, after ${rowsDone} of its rows` : `epoch ${epoch}`;
      observer.notice(`Training goes on from a checkpoint: ${finished ? 'all epochs are done' : place}`);
      return saved.progress;
    },
    save,
    async saveWhenDue(ensemble, progress) {
      if (nowMs() - savedAtMs >= saveEveryMs) await save(ensemble, progress);
    },
  };
}

/** Equal for jobs that would compute the same: settings but for the number of threads, what they came to, and the rows seen. */
function fingerprintOf({ settings, plan, scaler, source, batchSize, outputs, start }: Job): string {
  const { threads: _, ...decisive } = settings;
  const text = JSON.stringify([decisive, plan, source.featureCount, batchSize, outputs]);
  const { featureMean, featureStd, labelMean, labelStd, rowCount } = scaler;
  const startNumbers = start === undefined ? [] : [...start.w, ...start.b];
  const numbers = Float64Array.from([...featureMean, ...featureStd, labelMean, labelStd, rowCount, ...startNumbers]);
  return `${hashOf(new TextEncoder().encode(text))}-${hashOf(new Uint8Array(numbers.buffer))}`;
}

/** G. Fowler, L. Noll and P. Vo's FNV-1a, 32 bits: against damage, not against malice. */
function hashOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < bytes.length; at += 1) hash = Math.imul(hash ^ bytes[at], 0x01000193);
  return hash >>> 0;
}

interface Saved {
  fingerprint: string;
  progress: StreamProgress;
  state: DescentState;
}

/*
 * The file, little-endian: "LNCP", version (u32), length of the header (u32), header (JSON, padded with blanks to a
 * multiple of 8), the arrays one after the other as the header lists them, hash of all before it (u32).
 */
const magic = 0x50434e4c;
const version = 2;

type Numbers = Float32Array | Float64Array | Uint32Array;

const makers = {
  float32: (buffer: ArrayBuffer): Numbers => new Float32Array(buffer),
  float64: (buffer: ArrayBuffer): Numbers => new Float64Array(buffer),
  uint32: (buffer: ArrayBuffer): Numbers => new Uint32Array(buffer),
} as const;
type NumberType = keyof typeof makers;

const typeOf = (values: Numbers): NumberType =>
  values instanceof Float32Array ? 'float32' : values instanceof Float64Array ? 'float64' : 'uint32';

/** Before the names of a state's arrays, whichever it has. */
const statePrefix = 'state.';

interface Header {
  fingerprint: string;
  progress: Omit<StreamProgress, 'lossSums' | 'best' | 'reference' | 'average'> & {
    /** Looks that the average is of; 0 for none. */
    averageCount: number;
    /** JSON has no infinity. */
    reference: number | null;
    best: (Omit<Streamed, 'parameters' | 'selectionScores'> & { selectionScores: (number | null)[] }) | null;
  };
  updates: number;
  arrays: { name: string; type: NumberType; length: number }[];
}

function writeCheckpoint({ fingerprint, progress, state }: Saved): Uint8Array {
  const { best, lossSums, reference, average, ...rest } = progress;
  const { updates, ...stateArrays } = state;
  const arrays: [string, Numbers][] = [
    ['lossSums', lossSums],
    ...Object.entries<Numbers | undefined>(stateArrays).flatMap(([name, values]): [string, Numbers][] =>
      values === undefined ? [] : [[`${statePrefix}${name}`, values]],
    ),
    ...(best === undefined ? [] : Object.entries<Numbers>({ bestW: best.parameters.w, bestB: best.parameters.b })),
    ...(average === undefined ? [] : Object.entries<Numbers>({ averageW: average.w, averageB: average.b })),
  ];
  const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
  const header: Header = {
    fingerprint,
    progress: {
      ...rest,
      reference: finite(reference),
      averageCount: average?.count ?? 0,
      best:
        best === undefined
          ? null
          : {
              bestModel: best.bestModel,
              epochsRun: best.epochsRun,
              rowCount: best.rowCount,
              ...(best.isStart && { isStart: true }),
              selectionScores: best.selectionScores.map(finite),
            },
    },
    updates,
    arrays: arrays.map(([name, values]) => ({ name, type: typeOf(values), length: values.length })),
  };
  const text = JSON.stringify(header);
  const head = new TextEncoder().encode(text.padEnd(text.length + ((8 - ((text.length + 12) % 8)) % 8)));
  const sizeBytes = arrays.reduce((sum, [, values]) => sum + values.byteLength, 12 + head.length + 4);
  const bytes = new Uint8Array(sizeBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, magic, true);
  view.setUint32(4, version, true);
  view.setUint32(8, head.length, true);
  bytes.set(head, 12);
  let at = 12 + head.length;
  for (const [, values] of arrays) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  view.setUint32(at, hashOf(bytes.subarray(0, at)), true);
  return bytes;
}

/** Undefined when the bytes are not a whole checkpoint of this version. */
function readCheckpoint(bytes: Uint8Array): Saved | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 16 || view.getUint32(0, true) !== magic || view.getUint32(4, true) !== version) return undefined;
  const end = bytes.length - 4;
  if (view.getUint32(end, true) !== hashOf(bytes.subarray(0, end))) return undefined;
  const headEnd = 12 + view.getUint32(8, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(12, headEnd))) as Header;
  const arrays = new Map<string, Numbers>();
  let at = headEnd;
  for (const { name, type, length } of header.arrays) {
    const sizeBytes = length * (type === 'float64' ? 8 : 4);
    // Not slice: that of Node's Buffer, which a file gives, is a view of it.
    arrays.set(name, makers[type](new Uint8Array(bytes.subarray(at, at + sizeBytes)).buffer));
    at += sizeBytes;
  }
  const stateArrays = [...arrays].flatMap(([name, values]) =>
    name.startsWith(statePrefix) ? [[name.slice(statePrefix.length), values]] : [],
  );
  const floats = (name: string): Float32Array => arrays.get(name) as Float32Array;
  const { best, reference, averageCount, ...rest } = header.progress;
  const infinite = (value: number | null): number => value ?? Number.POSITIVE_INFINITY;
  return {
    fingerprint: header.fingerprint,
    progress: {
      ...rest,
      reference: infinite(reference),
      lossSums: arrays.get('lossSums') as Float64Array,
      ...(averageCount > 0 && { average: { w: floats('averageW'), b: floats('averageB'), count: averageCount } }),
      best:
        best === null
          ? undefined
          : {
              ...best,
              selectionScores: best.selectionScores.map(infinite),
              parameters: { w: floats('bestW'), b: floats('bestB') },
            },
    },
    state: { updates: header.updates, ...Object.fromEntries(stateArrays) },
  };
}
