import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

/** `linnet ARGUMENTS` as a process of its own, with pipes, which ends with the test. */
export function startLinnet(t: TestContext, ...args: string[]): ChildProcess {
  const child = spawnLinnet(args);
  t.after(() => void child.kill('SIGKILL'));
  return child;
}

/** A word comes before the arguments, as the program's file does else: Node would take `inspect` as the first one for its debugger. */
function spawnLinnet(args: readonly string[]): ChildProcess {
  const script = `import(${JSON.stringify(program)}).then(({ main }) => main(process.argv.slice(2)))`;
  return spawn(process.execPath, ['-e', script, '--', 'linnet', ...args], { stdio: 'pipe' });
}

/** What `linnet ARGUMENTS` prints, and its exit code. */
export async function linnet(...args: string[]): Promise<{ out: string; err: string; code: number }> {
  const child = spawnLinnet(args);
  child.stdin!.end();
  const [[code], out, err] = await Promise.all([once(child, 'close'), text(child.stdout!), text(child.stderr!)]);
  return { out, err, code };
}
