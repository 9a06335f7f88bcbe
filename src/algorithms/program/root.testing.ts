/** For tests: a container root in a temporary folder, and the programs run over it as child processes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { containerPaths } from '../../contract/index.ts';

export interface RootContent {
  hyperparameters?: Record<string, string> | string;
  /** By channel: content type and files by name. */
  channels?: Record<
    string,
    { contentType?: string; mode?: string; distribution?: string; files: Record<string, string | Uint8Array> }
  >;
  hosts?: readonly string[];
  /** The first of the hosts when left out. */
  host?: string;
  /** Files below model/. */
  model?: Record<string, Uint8Array>;
}

/** A root that is removed when the test ends. */
export function makeRoot(t: TestContext, content: RootContent): string {
  const root = mkdtempSync(join(tmpdir(), 'linnet-root-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const paths = containerPaths(root);
  const write = (path: string, value: string | Uint8Array): void => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, value);
  };
  const { hyperparameters = {}, channels, hosts, host = hosts?.[0], model = {} } = content;
  write(paths.hyperparameters, typeof hyperparameters === 'string' ? hyperparameters : JSON.stringify(hyperparameters));
  if (hosts !== undefined) {
    write(paths.resourceConfig, JSON.stringify({ current_host: host, hosts, network_interface_name: 'lo' }));
  }
  if (channels !== undefined) {
    const config: Record<string, unknown> = {};
    for (const [name, { contentType, mode = 'File', distribution, files }] of Object.entries(channels)) {
      config[name] = {
        TrainingInputMode: mode,
        ...(contentType !== undefined && { ContentType: contentType }),
        ...(distribution !== undefined && { S3DistributionType: distribution }),
      };
      mkdirSync(paths.channel(name), { recursive: true });
      for (const [file, bytes] of Object.entries(files)) write(join(paths.channel(name), file), bytes);
    }
    write(paths.inputDataConfig, JSON.stringify(config));
  }
  for (const [name, bytes] of Object.entries(model)) write(join(paths.model, name), bytes);
  return root;
}

export interface Ended {
  code: number | null;
  output: string;
  /** Content of output/failure. */
  failure: string | undefined;
}

/** Output and exit code of a command that was started. */
export async function ended(child: ChildProcess, root: string): Promise<Ended> {
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  const { failure } = containerPaths(root);
  return { code, output, failure: existsSync(failure) ? readFileSync(failure, 'utf8') : undefined };
}

export interface Reply {
  status: number;
  contentType: string | undefined;
  body: Buffer;
}

/** The programs of an algorithm's `main.js`, as child processes with these variables beside our own. */
export function programsOf(main: URL, variables: Readonly<Record<string, string>> = {}) {
  const program = fileURLToPath(main);
  /** Starts a command; killed, if it still runs, when the test ends. */
  const start = (t: TestContext, command: string, root: string, env: Record<string, string> = {}): ChildProcess => {
    const child = spawn(process.execPath, ['--enable-source-maps', program, command, '--root', root], {
      env: { ...process.env, ...variables, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    t.after(() => child.kill('SIGKILL'));
    return child;
  };
  /** Runs a command to its end. */
  const run = (t: TestContext, command: string, root: string, env: Record<string, string> = {}): Promise<Ended> =>
    ended(start(t, command, root, env), root);

  /** A `serve` on a Unix socket below the root, once it answers. */
  const startServe = async (t: TestContext, root: string, env: Record<string, string> = {}) => {
    const socketPath = join(root, 'serve.sock');
    const child = start(t, 'serve', root, { ...env, LINNET_BIND_TO_SOCKET: socketPath });
    const finished = ended(child, root);
    const send = (method: string, path: string, headers: Record<string, string> = {}, body?: string | Uint8Array) =>
      new Promise<Reply>((resolve, reject) => {
        const call = request({ socketPath, method, path, headers, agent: false }, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              contentType: response.headers['content-type'],
              body: Buffer.concat(chunks),
            }),
          );
        });
        call.on('error', reject);
        call.end(body);
      });
    await new Promise<void>((resolve, reject) => {
      child.stdout?.on('data', (chunk: Buffer) => {
        if (chunk.toString().includes('Listening')) resolve();
      });
      finished.then(({ output }) => reject(new Error(output)), reject);
    });
    const invoke = (contentType: string, body: string | Uint8Array, accept?: string): Promise<Reply> =>
      send(
        'POST',
        '/invocations',
        { 'Content-Type': contentType, ...(accept !== undefined && { Accept: accept }) },
        body,
      );
    return { child, finished, send, invoke, socketPath };
  };
  return { start, run, startServe };
}
