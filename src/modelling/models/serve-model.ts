/** Runs an algorithm's `serve` over a model, as the platform does for an endpoint. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { Unavailable } from '../../base/index.ts';
import {
  bindHostVariable,
  bindPortVariable,
  containerPaths,
  containerRootVariable,
  stopWithParentVariable,
} from '../../contract/index.ts';
import { programOf } from '../programs.ts';
import type { TrainedModel } from './open-model.ts';

export interface ServeJob {
  /** 0 for any free one. */
  port: number;
  environment: NodeJS.ProcessEnv;
  /** Each line of the program's log, once it answers. */
  onLine: (line: string) => void;
}

export interface ServedModel {
  address: string;
  /** The exit code, once the program has ended. */
  ended: Promise<number>;
  /** Lets what has begun end. */
  stop(): void;
}

const host = '127.0.0.1';

/** Resolves once the program answers, on loopback. Rejects with Unavailable where it does not start, with what it says. */
export async function serveModel(model: TrainedModel, { port, environment, onLine }: ServeJob): Promise<ServedModel> {
  const root = mkdtempSync(join(tmpdir(), 'linnet-serve-'));
  writeModel(model, containerPaths(root).model);
  const child = spawn(process.execPath, [programOf(model.algorithm), 'serve', '--root', root], {
    env: {
      ...environment,
      [containerRootVariable]: root,
      [bindHostVariable]: host,
      [bindPortVariable]: String(port),
      [stopWithParentVariable]: '1',
    },
    // Its standard input ends with us, and it with that.
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = new Promise<number>((resolve) => {
    child.once('error', () => resolve(1)).once('close', (code) => resolve(code ?? 1));
  }).finally(() => rmSync(root, { recursive: true, force: true }));
  const said: string[] = [];
  const listening = new Promise<string | undefined>((resolve) => {
    let address: string | undefined;
    createInterface(child.stdout).on('line', (line) => {
      if (address !== undefined) return onLine(line);
      said.push(line);
      const [, found] = /Listening on port (\d+)/.exec(line) ?? [];
      if (found === undefined) return;
      address = `http://${host}:${found}`;
      resolve(address);
    });
    void ended.then(() => resolve(undefined));
  });
  const address = await listening;
  if (address === undefined) throw new Unavailable(`The model cannot be served: ${said.at(-1) ?? 'its program ended'}`);
  return { address, ended, stop: () => void child.kill('SIGTERM') };
}

/** The files of the model's folder. Other names than plain ones are nobody's. */
function writeModel({ files, modelFile }: TrainedModel, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of files) {
    const own = bytes === modelFile ? basename(name) : name;
    if (/^\.?\w[\w.-]*$/.test(own)) writeFileSync(join(folder, own), bytes);
  }
}
