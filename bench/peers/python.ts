import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { benchRoot, cacheFolder } from '../framework/places.ts';

/** A Python process with the peers of PyPI. */
export interface PythonPeers {
  /** Calls an operation of peer.py. Rejects with the peer's own words, or when it takes longer than `limitMs`. */
  call(op: string, request: Readonly<Record<string, unknown>>, limitMs?: number): Promise<PeerAnswer>;
  close(): void;
}

export interface PeerAnswer {
  cpuMs: number;
  wallMs: number;
  w: number[];
  b: number[];
  loss: number;
  iterations: number;
  [name: string]: unknown;
}

const limitDefaultMs = 300_000;

/**
 * Starts peer.py with `threads` threads for BLAS and OpenMP. The virtual environment is made below bench/.cache on first
 * use, from requirements.txt. Throws an Error that says why when that cannot be done.
 */
export function startPython(
  environment: 'requirements' | 'torch',
  threads: number,
  log: (text: string) => void,
): PythonPeers {
  const python = ensureEnvironment(environment, log);
  const limit = String(threads);
  let child: ChildProcess | undefined;
  let waiting: { resolve(value: PeerAnswer): void; reject(error: Error): void } | undefined;

  const start = (): ChildProcess => {
    const started = spawn(python, [join(benchRoot, 'peers/peer.py')], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: {
        ...process.env,
        OMP_NUM_THREADS: limit,
        OPENBLAS_NUM_THREADS: limit,
        MKL_NUM_THREADS: limit,
      },
    });
    createInterface({ input: started.stdout }).on('line', (line) => {
      const { value, error } = JSON.parse(line) as { value?: PeerAnswer; error?: string };
      const asked = waiting;
      waiting = undefined;
      if (value !== undefined) asked?.resolve(value);
      else asked?.reject(new Error(error));
    });
    started.on('close', () => {
      if (child === started) child = undefined;
      waiting?.reject(new Error('the process of the peer ended'));
      waiting = undefined;
    });
    started.stdin.on('error', () => {});
    return started;
  };

  return {
    call(op, request, limitMs = limitDefaultMs) {
      child ??= start();
      const running = child;
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting = undefined;
          child = undefined;
          running.kill('SIGKILL');
          reject(new Error(`not done after ${limitMs / 1000} s`));
        }, limitMs);
        const settled =
          <Value>(settle: (value: Value) => void) =>
          (value: Value): void => {
            clearTimeout(timer);
            settle(value);
          };
        waiting = { resolve: settled(resolve), reject: settled(reject) };
        running.stdin?.write(`${JSON.stringify({ op, ...request })}\n`);
      });
    },
    close() {
      child?.kill('SIGKILL');
      child = undefined;
    },
  };
}

/** Path of the environment's interpreter. */
function ensureEnvironment(environment: 'requirements' | 'torch', log: (text: string) => void): string {
  const folder = join(cacheFolder(), environment === 'torch' ? 'torch' : 'venv');
  const file = join(benchRoot, 'peers', environment === 'torch' ? 'requirements-torch.txt' : 'requirements.txt');
  const wanted = readFileSync(file, 'utf8');
  const mark = join(folder, 'linnet-installed.txt');
  const python = join(folder, 'bin/python');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === wanted) return python;
  if (environment === 'torch' && !process.env.LINNET_BENCH_TORCH)
    throw new Error("not installed: PyPI's Linux build brings 5 GB of CUDA; set LINNET_BENCH_TORCH=1 to install it");
  log(`installing the peers of ${environment}.txt (once, minutes)`);
  const interpreter = process.env.LINNET_PYTHON || 'python3';
  if (!existsSync(python)) runOrThrow(interpreter, ['-m', 'venv', folder]);
  const lines = wanted.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const more = environment === 'torch' ? ['numpy'] : [];
  try {
    runOrThrow(python, ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', ...lines, ...more]);
  } catch {
    // One that does not install here must not keep the others away: numpy and scikit-learn are the ground.
    for (const line of [...lines, ...more])
      spawnSync(python, ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', line], { stdio: 'ignore' });
    if (spawnSync(python, ['-c', 'import numpy']).status !== 0) {
      rmSync(folder, { recursive: true, force: true });
      throw new Error('not installed: pip could not install numpy');
    }
  }
  writeFileSync(mark, wanted);
  return python;
}

function runOrThrow(command: string, args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`not installed: ${error?.message ?? stderr.trim().split('\n').at(-1)}`);
}
