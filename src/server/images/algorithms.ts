import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type AlgorithmManifest, checkModelCommand } from '../../contract/index.ts';
import type { Algorithm } from '../../services/index.ts';

const builtIn = fileURLToPath(new URL('../../algorithms', import.meta.url));

/** A built-in image, and the library and packages that its programs need and that may be missing. */
export interface BuiltIn {
  algorithm: Algorithm;
  needs: Pick<AlgorithmManifest, 'library' | 'packages' | 'onHosts'>;
}

/** The built-in images: every folder of programs that has a manifest. */
export async function readBuiltIns(folder = builtIn): Promise<BuiltIn[]> {
  const found: BuiltIn[] = [];
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name, 'manifest.js');
    if (!existsSync(path)) continue;
    const { manifest } = (await import(pathToFileURL(path).href)) as { manifest: AlgorithmManifest };
    const { library, packages, onHosts, ...facts } = manifest;
    const needs = { ...(library && { library }), ...(packages && { packages }), ...(onHosts && { onHosts }) };
    found.push({ algorithm: algorithmOf(join(folder, name), facts), needs });
  }
  return found;
}

/** The names by which the built-in images are known. */
export const builtInRepositories = async (): Promise<string[]> =>
  (await readBuiltIns()).flatMap(({ algorithm }) => algorithm.repositories.map(({ repository }) => repository));

function algorithmOf(
  folder: string,
  { program, programs = ['train', 'serve'], checksModels, check, standsBy, ...facts }: AlgorithmManifest,
): Algorithm {
  const command = (verb: string): string[] => [process.execPath, join(folder, program), verb];
  return {
    ...facts,
    commands: Object.fromEntries(programs.map((verb) => [verb, command(verb)])),
    ...(checksModels && { checkModel: command(checkModelCommand) }),
    ...(check !== undefined && { check: pathToFileURL(join(folder, check)).href }),
    ...(standsBy && { standsBy }),
  };
}
