import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { containerPaths } from '../../src/contract/index.ts';
import { encodeRecord, encodeRows, frameRecord } from '../../src/formats/index.ts';
import { normalFrom, uniformFrom } from '../data/random.ts';
import type { Bench, BenchCase, Row } from '../framework/case.ts';
import { wallMs } from '../framework/measure.ts';
import { cacheFolder, trainProgram } from '../framework/places.ts';
import type { LinePlot } from '../framework/plot.ts';

/** One run of the train program, watched from outside. */
interface Watched {
  rows: number;
  features: number;
  storedBytes: number;
  seconds: number;
  /** Highest resident memory (VmHWM); undefined where the system does not tell. */
  peakMiB: number | undefined;
}

/** A next run ten times as large is tried only if it should end within this time. */
const runSecondsMax = 480;
const rowsOfFeatureGrowth = 10_000;
const valuesPerSparseRow = 100;
const featuresOfRowGrowth = 10;
/** Feature cells beyond which the train program streams. */
const heldCells = 128 * 2 ** 20;

const hyperparameters = {
  predictor_type: 'binary_classifier',
  binary_classifier_model_selection_criteria: 'loss_function',
  epochs: '1',
  mini_batch_size: '1000',
};

type WriteRows = (file: FileHandle, random: () => number) => Promise<void>;

async function watchedRun(bench: Bench, size: { rows: number; features: number }, write: WriteRows): Promise<Watched> {
  const root = join(cacheFolder('growth'), `${size.rows}x${size.features}`);
  rmSync(root, { recursive: true, force: true });
  const paths = containerPaths(root);
  for (const folder of [join(root, 'input/config'), paths.channel('train'), paths.model])
    mkdirSync(folder, { recursive: true });
  writeFileSync(paths.hyperparameters, JSON.stringify(hyperparameters));
  writeFileSync(
    paths.inputDataConfig,
    JSON.stringify({ train: { TrainingInputMode: 'File', ContentType: 'application/x-recordio-protobuf' } }),
  );
  try {
    const file = await open(join(paths.channel('train'), 'rows.pbr'), 'w');
    await write(file, uniformFrom(size.rows + size.features));
    const { size: storedBytes } = await file.stat();
    await file.close();
    bench.log(`${size.rows} rows x ${size.features} features, ${(storedBytes / 2 ** 20).toFixed(0)} MiB: training`);
    const from = wallMs();
    const child = spawn(process.execPath, [trainProgram, 'train', '--root', root], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let complaint = '';
    child.stderr.on('data', (text: Buffer) => {
      complaint = (complaint + text.toString()).slice(-500);
    });
    let peakMiB: number | undefined;
    const look = setInterval(() => {
      peakMiB = residentPeakMiB(child.pid) ?? peakMiB;
    }, 10);
    const [code] = (await once(child, 'close')) as [number | null];
    clearInterval(look);
    const seconds = (wallMs() - from) / 1000;
    if (code !== 0) throw new Error(`train ended with ${code}: ${complaint.trim() || failureOf(paths.failure)}`);
    bench.log(`  ${seconds.toFixed(1)} s, ${peakMiB?.toFixed(0)} MiB`);
    return { ...size, storedBytes, seconds, peakMiB };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function residentPeakMiB(pid: number | undefined): number | undefined {
  try {
    const found = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return found === null ? undefined : Number(found[1]) / 1024;
  } catch {
    return undefined;
  }
}

function failureOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

const denseWriter =
  (rowCount: number, d: number): WriteRows =>
  async (file, random) => {
    const normal = normalFrom(random);
    const weights = Float64Array.from({ length: d }, normal);
    const blockRows = Math.max(1, Math.floor(1e6 / d));
    for (let done = 0; done < rowCount; done += blockRows) {
      const rows = Math.min(blockRows, rowCount - done);
      const features = Float32Array.from({ length: rows * d }, normal);
      const labels = new Float32Array(rows);
      for (let row = 0; row < rows; row += 1) {
        let score = normal() * Math.sqrt(d);
        for (let j = 0; j < d; j += 1) score += features[row * d + j]! * weights[j]!;
        labels[row] = score > 0 ? 1 : 0;
      }
      await file.write(encodeRows({ rowCount: rows, featureCount: d, features, labels }));
    }
  };

const sparseWriter =
  (rowCount: number, d: number): WriteRows =>
  async (file, random) => {
    const normal = normalFrom(random);
    const weights = Float64Array.from({ length: d }, normal);
    for (let done = 0; done < rowCount; done += 1000) {
      const records: Uint8Array[] = [];
      for (let row = 0; row < Math.min(1000, rowCount - done); row += 1) {
        const own = new Set<number>();
        while (own.size < valuesPerSparseRow) own.add(Math.floor(d * random() ** 3));
        const keys = [...own].sort((a, b) => a - b);
        const values = Float32Array.from(keys, normal);
        const score = keys.reduce((sum, key, at) => sum + weights[key]! * values[at]!, 5 * normal());
        const label = { values: { kind: 'float32', values: Float32Array.of(score > 0 ? 1 : 0) } } as const;
        const tensor = { values: { kind: 'float32', values, keys, shape: [d] } } as const;
        records.push(frameRecord(encodeRecord({ features: tensor, label })));
      }
      await file.write(Buffer.concat(records));
    }
  };

/** Runs size after size, ten times as large each, as far as disk and time allow; a failure ends it with its words. */
async function grow(
  bench: Bench,
  sizes: readonly { rows: number; features: number; bytes: number; write: WriteRows }[],
): Promise<{ runs: Watched[]; stopped: string | undefined }> {
  const runs: Watched[] = [];
  for (const { rows, features, bytes, write } of sizes) {
    const last = runs.at(-1);
    const factor = last === undefined ? 0 : bytes / last.storedBytes;
    const expected = (last?.seconds ?? 0) * Math.max(1, factor);
    const limit = bench.quick ? 40 : runSecondsMax;
    if (expected > limit)
      return { runs, stopped: `${rows} rows x ${features} features would take about ${expected.toFixed(0)} s` };
    const disk = statfsSync(cacheFolder('growth'));
    if (disk.bavail * disk.bsize < 1.5 * bytes)
      return { runs, stopped: `${rows} rows x ${features} features need ${(bytes / 1e9).toFixed(0)} GB of disk` };
    try {
      runs.push(await watchedRun(bench, { rows, features }, write));
    } catch (error) {
      return { runs, stopped: `${rows} rows x ${features} features: ${(error as Error).message}` };
    }
  }
  return { runs, stopped: undefined };
}

const figuresOf = (runs: readonly Watched[], size: (run: Watched) => string): Record<string, number> =>
  Object.fromEntries(
    runs.flatMap((run) => [
      [`${size(run)}: s`, run.seconds],
      ...(run.peakMiB === undefined ? [] : [[`${size(run)}: MiB`, run.peakMiB] as const]),
    ]),
  );

const plotOf = (title: string, label: string, runs: readonly Watched[], at: (run: Watched) => number): LinePlot => ({
  kind: 'lines',
  title,
  x: { label, log: true },
  y: { label: 'seconds; MiB', log: true },
  series: [
    { name: 'wall clock, s', points: runs.map((run) => [at(run), run.seconds]) },
    { name: 'peak memory, MiB', points: runs.flatMap((run) => (run.peakMiB ? [[at(run), run.peakMiB] as const] : [])) },
    { name: 'stored, MiB', points: runs.map((run) => [at(run), run.storedBytes / 2 ** 20]) },
  ],
});

/** Start of the process and of the engine, which small jobs are made of; taken off before costs are compared. */
const slopeOf = (small: Watched, large: Watched, amount: (run: Watched) => number): number =>
  (large.seconds - small.seconds) / (amount(large) - amount(small));

const growth: BenchCase = {
  id: 'growth',
  title: 'Time and memory of the train program as data grow',
  apart: true,
  async run(bench) {
    const recordBytes = 62 + 4 * featuresOfRowGrowth;
    const byRows = await grow(
      bench,
      (bench.quick ? [1e4, 1e5, 1e6] : [1e4, 1e5, 1e6, 1e7, 3e7, 1e8]).map((rows) => ({
        rows,
        features: featuresOfRowGrowth,
        bytes: rows * recordBytes,
        write: denseWriter(rows, featuresOfRowGrowth),
      })),
    );
    const rows = bench.quick ? 1000 : rowsOfFeatureGrowth;
    const byWidth = await grow(
      bench,
      [10, 100, 1000, 10_000].map((features) => ({
        rows,
        features,
        bytes: rows * (62 + 4 * features),
        write: denseWriter(rows, features),
      })),
    );
    const byColumns = await grow(
      bench,
      [1000, 10_000, 100_000, 1_000_000].map((features) => ({
        rows,
        features,
        bytes: rows * 8 * valuesPerSparseRow,
        write: sparseWriter(rows, features),
      })),
    );
    const what = 'train program, one epoch, 32 models, recordIO:';
    const results: Row[] = [];
    const [first, last] = [byRows.runs[0], byRows.runs.at(-1)];
    if (first !== undefined && last !== undefined) {
      const slopes = byRows.runs.slice(1).map((run, place) => slopeOf(byRows.runs[place]!, run, (one) => one.rows));
      // A job of 1e4 or 1e5 rows is solved otherwise than one that streams: the comparison starts at a million.
      const streamed = slopes.filter((_, place) => byRows.runs[place + 1]!.rows >= 1e6);
      results.push(
        {
          what: `${what} cost of a row at ${last.rows} rows over the lowest on the way from a million on`,
          label: 'cost of a row',
          ...(streamed.length > 0 && { value: streamed.at(-1)! / Math.min(...streamed) }),
          unit: 'x',
          target: { atMost: 1.5 },
          figures: figuresOf(byRows.runs, (run) => `${run.rows} rows`),
          ...(byRows.stopped !== undefined && { note: `stopped: ${byRows.stopped}` }),
        },
        {
          what: `${what} peak memory with ${(last.storedBytes / 1e9).toPrecision(2)} GB stored`,
          label: 'peak memory',
          ...(last.peakMiB !== undefined && { value: last.peakMiB }),
          unit: 'MiB',
          target: { atMost: 700 },
          figures: {},
        },
      );
      // Smaller jobs are held in memory and solved there.
      const large = byRows.runs.filter(({ rows }) => rows * featuresOfRowGrowth > heldCells);
      const [smallest, largest] = [large[0]?.peakMiB, large.at(-1)?.peakMiB];
      if (large.length > 1 && smallest !== undefined && largest !== undefined) {
        results.push({
          what: `${what} peak memory at ${large.at(-1)!.rows} rows over that at ${large[0]!.rows}`,
          label: 'growth of peak memory',
          value: largest / smallest,
          unit: 'x',
          target: { atMost: 1.1 },
          figures: {},
        });
      }
    }
    for (const [name, { runs, stopped }] of [
      ['dense', byWidth],
      [`sparse, ${valuesPerSparseRow} values a row,`, byColumns],
    ] as const) {
      const widest = runs.at(-1);
      results.push({
        what: `${what} ${rows} rows, ${name} up to ${widest?.features ?? 0} features`,
        ...(widest !== undefined && { value: widest.seconds }),
        unit: 's',
        figures: figuresOf(runs, (run) => `${run.features} features`),
        ...(stopped !== undefined && { note: `stopped: ${stopped}` }),
      });
    }
    return {
      rows: results,
      plots: [
        plotOf(`Growth by rows: ${featuresOfRowGrowth} features`, 'rows', byRows.runs, (run) => run.rows),
        plotOf(`Growth by features: ${rows} dense rows`, 'features', byWidth.runs, (run) => run.features),
        plotOf(
          `Growth by columns: ${rows} rows of ${valuesPerSparseRow} values`,
          'columns',
          byColumns.runs,
          (run) => run.features,
        ),
      ],
    };
  },
};

export const growthCases: readonly BenchCase[] = [growth];
