import type { PythonPeers } from '../peers/python.ts';

/** Versions of the Python packages named that are installed, and of Python itself. */
export async function versionsOf(python: PythonPeers, names: readonly string[]): Promise<Record<string, string>> {
  const versions = await python.call('versions', { names });
  return Object.fromEntries(
    [...names, 'python'].flatMap((name) => (typeof versions[name] === 'string' ? [[name, versions[name]]] : [])),
  );
}
