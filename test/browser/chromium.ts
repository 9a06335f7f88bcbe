import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'chrome'];

/** Path of a Chromium on this machine, or undefined. */
export function findChromium(): string | undefined {
  const folders = (process.env.PATH ?? '').split(':');
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
  '.html': 'text/html',
};

/**
 * Opens a page in headless Chromium that runs `script` (a module; its `answer(value)` ends the visit) with the files
 * below `root` at /, isolated from other origins so that memory may be shared. Rejects when no answer comes in time.
 */
export async function runInChromium(
  browser: string,
  { root, imports, script, input }: { root: string; imports: Record<string, string>; script: string; input: unknown },
  timeoutMs = 60_000,
): Promise<unknown> {
  const profile = mkdtempSync(join(tmpdir(), 'linnet-chromium-'));
  const page = `<!doctype html><script type="importmap">${JSON.stringify({ imports })}</script>
<script type="module">
const send = (body) => fetch('/answer', { method: 'POST', body: JSON.stringify(body) });
addEventListener('error', (event) => send({ error: String(event.error?.stack ?? event.message) }));
addEventListener('unhandledrejection', (event) => send({ error: String(event.reason?.stack ?? event.reason) }));
globalThis.answer = (value) => send({ value });
globalThis.input = ${JSON.stringify(input)};
</script><script type="module">${script}</script>`;
  let settle: (answer: { value?: unknown; error?: string }) => void = () => {};
  const answered = new Promise<{ value?: unknown; error?: string }>((resolve) => {
    settle = resolve;
  });
  const missing: string[] = [];
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://page').pathname);
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    if (path === '/') response.setHeader('Content-Type', 'text/html').end(page);
    else if (path === '/answer') {
      let body = '';
      request.on('data', (chunk: Buffer) => {
        body += chunk;
      });
      request.on('end', () => {
        response.end();
        settle(JSON.parse(body));
      });
    } else {
      readFile(join(root, path)).then(
        (bytes) => response.setHeader('Content-Type', types[extname(path)] ?? 'application/octet-stream').end(bytes),
        () => {
          if (path !== '/favicon.ico') missing.push(path);
          response.statusCode = 404;
          response.end();
        },
      );
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const child = spawn(browser, [...flags, `--user-data-dir=${profile}`, `http://127.0.0.1:${port}/`], {
    stdio: 'ignore',
  });
  const timer = setTimeout(() => settle({ error: `The page gave no answer within ${timeoutMs} ms` }), timeoutMs);
  try {
    const { value, error } = await answered;
    if (error !== undefined)
      throw new Error(`${error}${missing.length > 0 ? `; not found: ${missing.join(', ')}` : ''}`);
    return value;
  } finally {
    clearTimeout(timer);
    server.closeAllConnections();
    server.close();
    await end(child);
    await remove(profile);
  }
}

/** A helper of the browser may write a last file while its folder is being removed. */
async function remove(folder: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      rmSync(folder, { recursive: true, force: true });
      return;
    } catch (error) {
      if (tries === 50) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** Lets the browser end its helpers; one that does not in time is killed with all of its group. */
async function end(child: ChildProcess): Promise<void> {
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => {
    try {
      process.kill(-child.pid!, 'SIGKILL');
    } catch {
      child.kill('SIGKILL');
    }
  }, 5000);
  await exited;
  clearTimeout(timer);
}

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
  // The network is cut, but for the server that holds the page.
  '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
];
