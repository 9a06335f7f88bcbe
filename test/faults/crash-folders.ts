import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { addFolder } from '../../src/images/index.ts';
import { endPrograms, type Server, start } from './linnet-up.ts';

/** How the tests of this kind are run: they look for processes by what the system says of them. */
export const crashTest = {
  skip: existsSync('/proc/self/stat') ? false : 'this system has no /proc',
  timeout: 120_000,
};

/** A data folder for servers that are killed, and a folder beside it for the notes of programs, which do not see the former. */
export function crashFolders(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-crash-'));
  const notes = mkdtempSync(join(tmpdir(), 'linnet-crash-notes-'));
  let server: Server | undefined;
  t.after(() => {
    server?.child.kill('SIGKILL');
    endPrograms(folder);
    for (const each of [folder, notes]) rmSync(each, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });
  return {
    folder,
    notes,
    /** Adds an image of one program. */
    async addImage(name: string, program: 'train' | 'serve', text: string): Promise<void> {
      const image = join(folder, 'image');
      mkdirSync(image);
      writeFileSync(join(image, program), text);
      chmodSync(join(image, program), 0o755);
      await addFolder(
        { dataFolder: folder, nowMs: Date.now, progress: () => undefined },
        { name, folder: image, taken: [] },
      );
    },
    /** Starts a server on the folder, after the last one was killed. */
    async restart(): Promise<Server> {
      server?.child.kill('SIGKILL');
      server = await start(folder);
      return server;
    },
  };
}
