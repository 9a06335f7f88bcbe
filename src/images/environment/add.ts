import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DataError } from '../../base/index.ts';
import { repositoriesOf } from '../frameworks/all.ts';
import { type Framework, packagesOf } from '../frameworks/framework.ts';
import { type Image, imagesFolder } from '../image.ts';
import { type Adding, keepImage } from '../keep.ts';
import { run, runTool, type Watch } from '../package-tool.ts';
import { chooseVersion } from './choose.ts';
import { type Python, thePython } from './python.ts';

export interface EnvironmentSource {
  version?: string | undefined;
  /** The version that is to run in its place. */
  use?: string | undefined;
  /** Name or path of the Python to make it with. */
  python?: string | undefined;
  /** Address of a further package index. */
  index?: string | undefined;
}

const constraints = fileURLToPath(new URL('../../../../python/linnet_script_mode/constraints.txt', import.meta.url));

/**
 * Makes a virtual environment of a framework and Amazon's toolkits. Throws DataError for a version that this Python does
 * not take, and with the package tool's own words when it fails.
 */
export async function addEnvironment(
  adding: Adding,
  framework: Framework,
  { version, use, python: pythonName, index }: EnvironmentSource,
): Promise<Image> {
  const python = await thePython(pythonName);
  const chosen = chooseVersion(framework, { version, use, python: python.version });
  const packages = packagesOf(chosen.run);
  const id = { name: framework.name, version: chosen.meant.version };
  const target = join(imagesFolder(adding.dataFolder), id.name, id.version);
  adding.progress(
    `${framework.title} ${chosen.run.version} for Python ${python.version} takes about ${chosen.run.sizeMb} MB in ${target}`,
  );
  return keepImage(adding, async (folder) => {
    const environment = join(folder, 'environment');
    const install = await makeEnvironment(environment, python, adding);
    await runTool(
      `Installing ${framework.title} ${chosen.run.version}`,
      [
        ...install,
        ...['--constraint', constraints],
        ...(index === undefined ? [] : ['--extra-index-url', index]),
        ...packages,
      ],
      adding,
    );
    await moveScripts(join(environment, 'bin'), folder, target);
    return {
      ...id,
      kind: 'environment',
      repositories: repositoriesOf(framework, chosen.meant),
      files: { python: 'environment/bin/python', programs: 'environment/bin' },
      ...(chosen.run === chosen.meant ? {} : { runs: chosen.run.version }),
      madeFrom: `Python ${python.version} (${python.file}), ${packages.join(', ')}`,
    };
  });
}

/** Makes an empty environment with pip in it; answers the command that installs packages into it. */
async function makeEnvironment(folder: string, python: Python, watch: Watch): Promise<string[]> {
  const inside = join(folder, 'bin/python');
  if ((await run([python.file, '-c', 'import venv, ensurepip'])).code === 0) {
    await runTool('Making a virtual environment', [python.file, '-m', 'venv', folder], watch);
    return [inside, '-m', 'pip', 'install', '--no-warn-script-location'];
  }
  if ((await run(['uv', '--version'])).code !== 0)
    throw new DataError(
      `${python.file} cannot make virtual environments: install its modules venv and ensurepip (Debian: apt install python3-venv), or uv`,
    );
  await runTool('Making a virtual environment', ['uv', 'venv', '--seed', '--python', python.file, folder], watch);
  return ['uv', 'pip', 'install', '--python', inside];
}

/** Sets an image right whose files came from a folder of images elsewhere. */
export async function relocateImage(image: Image, from: string, to: string): Promise<void> {
  if (image.kind === 'environment' && from !== to) await moveScripts(join(image.folder, 'environment/bin'), from, to);
}

/** Scripts of an environment begin with its path: that of the folder it was made in. */
async function moveScripts(folder: string, from: string, to: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(folder, entry.name);
    const bytes = await readFile(file);
    if (bytes.subarray(0, 2).toString() === '#!') await writeFile(file, bytes.toString().replaceAll(from, to));
  }
}
