/** The /opt/ml root of a program, whatever the program does: the files it left there, and their removal. */
import { constants, open, rename } from 'node:fs/promises';
import { removeTree } from '../../files/remove-tree.ts';

/** The first characters of the file a program leaves when it fails; empty when there is none. */
export async function readFailure(path: string, charactersMax: number): Promise<string> {
  // Links are not followed, since they could show a file of the host, and pipes are not waited for.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(path, flags).catch(() => undefined);
  if (file === undefined) return '';
  try {
    // Four bytes hold any character of UTF-8.
    const { buffer, bytesRead } = await file.read(Buffer.alloc(charactersMax * 4), 0, charactersMax * 4, 0);
    return buffer.toString('utf8', 0, bytesRead).slice(0, charactersMax);
  } catch {
    return '';
  } finally {
    await file.close();
  }
}

/** Moves a root away at once; its files are removed in the background, which may take long after large data. */
export async function removeRoot(root: string, onError: (cause: unknown) => void): Promise<void> {
  const trash = `${root}.removed`;
  const moved = await rename(root, trash).then(
    () => trash,
    () => root,
  );
  void removeTree(moved).catch(onError);
}
