import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Unavailable } from '../base/index.ts';
import type { Compute, Program, RunningProgram } from './compute.ts';

export interface SuiteOptions {
  /** Starts Node, whose scripts the programs are. */
  node?: readonly string[];
  /** The root as programs see it; the same path when left out. */
  seenRoot?: string;
  /** What else each program has. */
  more?: Partial<Program>;
  skip?: string | false;
  /** Whether programs are processes of this host, under numbers that this host knows. */
  onHost?: boolean;
}

/** What every implementation of Compute must do. */
export function computeSuite(
  name: string,
  open: () => Compute,
  { node = [process.execPath], seenRoot, more: always = {}, skip = false, onHost = true }: SuiteOptions = {},
): void {
  describe(`${name} keeps the contract of Compute`, { skip }, () => {
    /** Of programs that have a number of this host, and that SIGTERM ends by itself, which it does not do to a container's first one. */
    const itOfProcesses: typeof it = onHost ? it : ((() => undefined) as unknown as typeof it);
    const seen = (path: string): string => (seenRoot === undefined ? path : path.replace(root, seenRoot));
    let root: string;
    let compute: Compute;
    let lines: string[];
    beforeEach(() => {
      root = mkdtempSync(join(tmpdir(), 'linnet-compute-test-'));
      compute = open();
      lines = [];
    });
    afterEach(async () => {
      await compute.close();
      rmSync(root, { recursive: true });
    });
    const program = (script: string, more: Partial<Program> = {}): Program => {
      const file = join(root, 'script.cjs');
      writeFileSync(file, script);
      return {
        command: [...node, seen(file), 'train'],
        root,
        environment: {},
        listens: false,
        onLine: (line) => void lines.push(line),
        ...always,
        ...more,
      };
    };
    const start = (script: string, more?: Partial<Program>): Promise<RunningProgram> =>
      compute.start(program(script, more));
    /** Starts a script and waits until it has printed "ready". */
    const startReady = async (script: string, more: Partial<Program> = {}): Promise<RunningProgram> => {
      let ready!: () => void;
      const isReady = new Promise<void>((resolve) => {
        ready = resolve;
      });
      const started = await start(script, {
        ...more,
        onLine: (line) => {
          lines.push(line);
          if (line === 'ready') ready();
        },
      });
      await isReady;
      return started;
    };

    it('a program gets its arguments, runs in its root and tells its exit code', async () => {
      const running = await start(
        `console.log(process.argv.slice(2).join()); console.log(process.cwd()); process.exit(3)`,
      );
      assert.deepEqual(await running.exit, { code: 3, signal: null });
      assert.deepEqual(lines, ['train', seen(root)]);
      assert.equal(running.address, undefined);
    });

    itOfProcesses('a program that is killed tells the signal', async () => {
      assert.deepEqual(await (await start(`process.kill(process.pid, 'SIGKILL')`)).exit, {
        code: null,
        signal: 'SIGKILL',
      });
    });

    it('a program sees the contract and its own variables, and nothing of the server', async () => {
      process.env.SERVER_SECRET = 'secret';
      const running = await start(`console.log(JSON.stringify(process.env))`, {
        environment: { MINE: 'a b\nc', SAGEMAKER_BASE_DIR: '/elsewhere' },
      });
      delete process.env.SERVER_SECRET;
      await running.exit;
      const environment = JSON.parse(lines.join('')) as Record<string, string>;
      assert.equal(environment.MINE, 'a b\nc');
      assert.equal(environment.SAGEMAKER_BASE_DIR, seen(root));
      if (onHost) {
        assert.equal(environment.HOME, root);
        assert.ok(environment.TMPDIR?.startsWith(root) && existsSync(environment.TMPDIR));
      }
      assert.equal(environment.SERVER_SECRET, undefined);
    });

    it('lines of both outputs come whole: characters in pieces, no newline at the end, carriage returns', async () => {
      const running = await start(`
        const bytes = Buffer.from('a \u{1f989} b\\r\\n\\nlast'); let at = 0;
        console.error('of error');
        const next = () => at < bytes.length ? process.stdout.write(bytes.subarray(at, ++at), () => setImmediate(next)) : process.stdout.write('\\r10%\\r20%');
        next();`);
      await running.exit;
      assert.deepEqual(
        lines.filter((line) => line !== 'of error'),
        ['a 🦉 b', '', 'last', '10%', '20%'],
      );
      assert.ok(lines.includes('of error'));
    });

    it('a line beyond 16 KiB comes in pieces that lose nothing', async () => {
      await (await start(`process.stdout.write('\u00e9'.repeat(20_000) + '\\n' + 'end\\n')`)).exit;
      assert.ok(lines.every((line) => Buffer.byteLength(line) <= 16_384));
      assert.equal(lines.pop(), 'end');
      assert.equal(lines.join(''), 'é'.repeat(20_000));
    });

    it('a program that prints without end waits while its lines are not taken', async () => {
      let release!: () => void;
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      const counts = join(root, 'written');
      // Counts what the pipe took; the count stands still when the pipe is full.
      const running = await start(
        `const fs = require('fs'); const line = 'x'.repeat(9_999) + '\\n'; let written = 0;
         const next = () => { if (written >= 5_000_000) return; process.stdout.write(line, () => { written += 10_000; fs.writeFileSync(${JSON.stringify(seen(counts))}, String(written)); setImmediate(next); }); };
         next();`,
        { onLine: () => held },
      );
      const written = (): number => Number(existsSync(counts) ? readFileSync(counts, 'utf8') : 0);
      for (let before = -1, stillCount = 0; stillCount < 3; before = written()) {
        stillCount = written() > 0 && written() === before ? stillCount + 1 : 0;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      assert.ok(written() < 2_000_000, `${written()} bytes went through`);
      release();
      assert.deepEqual(await running.exit, { code: 0, signal: null });
      assert.equal(written(), 5_000_000);
    });

    it('a listening program answers at its address, which is gone afterwards', async () => {
      const running = await startReady(
        `const server = require('http').createServer((request, response) => response.end('pong'));
         server.listen(process.env.LINNET_BIND_TO_SOCKET ?? process.env.SAGEMAKER_BIND_TO_PORT, () => console.log('ready'));`,
        { listens: true },
      );
      assert.ok(running.address !== undefined);
      assert.equal(await get(running.address), 'pong');
      if ('socketPath' in running.address) assert.ok(Buffer.byteLength(running.address.socketPath) < 100);
      await running.stop(5000);
      await assert.rejects(get(running.address));
      if ('socketPath' in running.address) assert.equal(existsSync(join(running.address.socketPath, '..')), false);
    });

    it('stop lets a program end by itself within the grace', async () => {
      const running = await startReady(
        `process.on('SIGTERM', () => { console.log('saving'); process.exit(0) }); setInterval(() => {}, 1000); console.log('ready')`,
      );
      await Promise.all([running.stop(30_000), running.stop(30_000)]);
      assert.deepEqual(await running.exit, { code: 0, signal: null });
      assert.deepEqual(lines, ['ready', 'saving']);
      await running.stop(0);
    });

    itOfProcesses('stop kills a program that does not heed it, and what that has started', async () => {
      const running = await startReady(
        `process.on('SIGTERM', () => {});
         const child = require('child_process').spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => {}); console.log("ready"); setInterval(() => {}, 1000)'], { stdio: ['ignore', 'inherit', 'ignore'] });
         console.log('child ' + child.pid); setInterval(() => {}, 1000);`,
      );
      await running.stop(20);
      assert.deepEqual(await running.exit, { code: null, signal: 'SIGKILL' });
      const child = Number(/child (\d+)/.exec(lines.join())?.[1]);
      await untilGone(child);
    });

    it('stop kills a program that is too busy to hear of it', async () => {
      const running = await startReady(`process.on('SIGTERM', () => {}); console.log('ready'); for (;;);`);
      await running.stop(20);
      assert.deepEqual(await running.exit, { code: null, signal: 'SIGKILL' });
    });

    itOfProcesses('what a program leaves running when it exits is ended and does not hold up the exit', async () => {
      const running = await start(
        `const child = require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
         console.log(child.pid); child.once('spawn', () => process.exit(0));`,
      );
      assert.deepEqual(await running.exit, { code: 0, signal: null });
      await untilGone(Number(lines[0]));
    });

    itOfProcesses(
      'a program that is not there, may not be run or has no root is Unavailable and says which',
      async () => {
        const attempt = (command: string[], where = root): Promise<RunningProgram> =>
          compute.start(program('', { command, root: where }));
        await assert.rejects(
          attempt(['/no/such/program', 'train']),
          (error) => error instanceof Unavailable && /\/no\/such\/program.*no such program/.test(error.message),
        );
        writeFileSync(join(root, 'data.txt'), 'text', { mode: 0o644 });
        await assert.rejects(
          attempt([join(root, 'data.txt')]),
          (error) => error instanceof Unavailable && /data\.txt.*not an executable/.test(error.message),
        );
        await assert.rejects(
          attempt(['node'], join(root, 'none')),
          (error) => error instanceof Unavailable && /none does not exist/.test(error.message),
        );
        // The root is free again.
        assert.deepEqual(await (await start('')).exit, { code: 0, signal: null });
      },
    );

    it('close stops what runs and starts nothing more', async () => {
      const running = await startReady(`setInterval(() => {}, 1000); console.log('ready')`);
      await compute.close();
      assert.deepEqual(await running.exit, { code: null, signal: onHost ? 'SIGTERM' : 'SIGKILL' });
      await assert.rejects(start(''), Unavailable);
    });

    it('reaping a root where nothing ran does nothing', async () => {
      await compute.reap(root);
      await compute.reap(join(root, 'none'));
    });
  });
}

function get(address: NonNullable<RunningProgram['address']>): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request({ ...address, path: '/ping' }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve(text));
    });
    sent.on('error', reject);
    sent.end();
  });
}

/** Resolves when no process of this number lives; a killed one may wait as a zombie for its new parent. */
export async function untilGone(pid: number): Promise<void> {
  assert.ok(pid > 1);
  for (;;) {
    try {
      process.kill(pid, 0);
      if (/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))) return;
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
