/** Runs an algorithm's `train` over a folder of its own, as the platform does. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DataError, Unavailable } from '../../base/index.ts';
import { containerPaths, containerRootVariable, explanationsFileName } from '../../contract/index.ts';
import { reportFileName } from '../models/model-files.ts';
import { programOf } from '../programs.ts';

export interface ProgramJob {
  root: string;
  algorithm: 'linear-learner' | 'xgboost';
  hyperparameters: Readonly<Record<string, string>>;
  /** The channels whose files lie in the root, RecordIO all of them. */
  channels: readonly string[];
  /** What columns are called, for the report. */
  columns?: unknown;
  /** XGBoost's shared library. */
  library?: string | undefined;
  environment: NodeJS.ProcessEnv;
  signal?: AbortSignal | undefined;
  /** Each line of the program's log. */
  onLine?: ((line: string) => void) | undefined;
}

/** Where a channel's rows are written. */
export function channelFile(root: string, channel: string): string {
  const folder = containerPaths(root).channel(channel);
  mkdirSync(folder, { recursive: true });
  return join(folder, 'rows.recordio');
}

/** The files of the model that it trains, and the numbers of its report where it writes some. Rejects with DataError for what the program refuses, Unavailable where it cannot run. */
export async function runProgram(job: ProgramJob): Promise<Map<string, Uint8Array>> {
  const paths = containerPaths(job.root);
  const write = (path: string, value: unknown): void => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, JSON.stringify(value));
  };
  write(paths.hyperparameters, job.hyperparameters);
  const channel = { TrainingInputMode: 'File', ContentType: 'application/x-recordio-protobuf' };
  write(paths.inputDataConfig, Object.fromEntries(job.channels.map((name) => [name, channel])));
  if (job.columns !== undefined) write(join(dirname(paths.hyperparameters), 'columns.json'), job.columns);
  const { code, output } = await ended(job);
  if (code !== 0) throw failure(paths.failure, code, output);
  const report = join(paths.outputData, 'report.json');
  const files = existsSync(paths.model) ? readdirSync(paths.model) : [];
  const model = files
    .filter((name) => !name.startsWith('.') || name === explanationsFileName)
    .map((name): [string, Uint8Array] => [name, readFileSync(join(paths.model, name))]);
  return new Map([...model, ...(existsSync(report) ? [[reportFileName, readFileSync(report)] as const] : [])]);
}

function ended({
  root,
  algorithm,
  library,
  environment,
  signal,
  onLine,
}: ProgramJob): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, [programOf(algorithm), 'train', '--root', root], {
    env: {
      ...environment,
      [containerRootVariable]: root,
      ...(library !== undefined && { LINNET_XGBOOST_LIBRARY: library }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(signal && { signal }),
  });
  let output = '';
  let rest = '';
  const take = (text: string): void => {
    output = (output + text).slice(-outputKept);
    if (onLine === undefined) return;
    const lines = (rest + text).split('\n');
    rest = lines.pop()!.slice(-outputKept);
    for (const line of lines) onLine(line);
  };
  child.stdout.setEncoding('utf8').on('data', take);
  child.stderr.setEncoding('utf8').on('data', take);
  return new Promise((resolve, reject) => {
    child.on('error', (error) =>
      reject(signal?.aborted ? error : new Unavailable('Training cannot start', { cause: error })),
    );
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

const outputKept = 20_000;

function failure(path: string, code: number, output: string): DataError | Unavailable {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const [, kind, reason] = /^(\w+Error): ([\s\S]*)$/.exec(text) ?? [];
  if (kind === 'ClientError') return new DataError(`Training was refused: ${reason}`);
  return new Unavailable(`Training failed: ${reason ?? (text || `exit code ${code}\n${output.slice(-2000)}`)}`);
}
