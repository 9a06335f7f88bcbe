import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { AlgorithmManifest } from '../contract/index.ts';
import type { Algorithm, AlgorithmCatalogue } from '../services/index.ts';

const builtIn = fileURLToPath(new URL('../algorithms', import.meta.url));

/** The built-in images: every folder of programs that has a manifest. */
export async function readAlgorithms(folder = builtIn): Promise<AlgorithmCatalogue> {
  const found: Algorithm[] = [];
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name, 'manifest.js');
    if (!existsSync(path)) continue;
    const { manifest } = (await import(pathToFileURL(path).href)) as { manifest: AlgorithmManifest };
    found.push(algorithmOf(join(folder, name), manifest));
  }
  return found;
}

function algorithmOf(folder: string, { program, check, standsBy, ...facts }: AlgorithmManifest): Algorithm {
  const command = [process.execPath, join(folder, program)];
  return {
    ...facts,
    command,
    ...(check !== undefined && { check: pathToFileURL(join(folder, check)).href }),
    ...(standsBy && { standby: [...command, 'train'] }),
  };
}
