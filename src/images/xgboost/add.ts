import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { unzipSync } from 'fflate';
import { DataError, messageOf } from '../../base/index.ts';
import type { Image } from '../image.ts';
import { type Adding, type ImageDraft, keepImage } from '../keep.ts';
import { findPackageTool, runTool, type Watch } from '../package-tool.ts';
import { type Wheel, xgboostVersion, xgboostWheels } from './wheels.ts';

export interface XgboostSource {
  /** A wheel that was fetched elsewhere. */
  wheel?: string | undefined;
  /** A library of the user's own, such as a distribution's. */
  library?: string | undefined;
  /** Names of system and processor; this machine's when left out. */
  platform?: string;
}

/** Loads a library and answers its version. Rejects with DataError for one that built-in programs cannot use. */
export type TryLibrary = (file: string) => Promise<string>;

const name = 'xgboost';
/**
 * Adds the XGBoost library: from the package index, or from a file. Throws DataError for a platform without a known
 * wheel, a machine without a package tool, and a file that is not what it should be.
 */
export async function addXgboostLibrary(
  adding: Adding,
  { wheel, library, platform = `${process.platform}-${process.arch}` }: XgboostSource,
  tryLibrary: TryLibrary,
): Promise<Image> {
  if (wheel !== undefined && library !== undefined) throw new DataError('Give one of --wheel and --library, not both');
  if (library !== undefined)
    return keepImage(adding, async (folder) => {
      const file = await copyLibrary(folder, library);
      // Where it lies, so that what is wrong with it names the user's own file; then what is kept of it.
      await tryLibrary(resolve(library));
      return draftOf(await tryLibrary(join(folder, file)), file, resolve(library));
    });
  const known = xgboostWheels[platform];
  if (known === undefined) {
    const platforms = Object.keys(xgboostWheels).join(', ');
    throw new DataError(
      `No XGBoost library is known for ${platform}; there is one for ${platforms}. Give a library of your own by --library FILE`,
    );
  }
  return keepImage(adding, async (folder) => {
    if (wheel !== undefined) await unpackWheel(folder, wheel, known);
    else await fetchWheel(folder, known, adding);
    await tryLibrary(join(folder, known.library));
    return draftOf(xgboostVersion, known.library, `${known.package} ${xgboostVersion}, sha256 ${known.sha256}`);
  });
}

const draftOf = (version: string, library: string, madeFrom: string): ImageDraft => ({
  name,
  version,
  kind: 'library',
  repositories: [],
  files: { library },
  madeFrom,
});

/** Of a wheel: the library and the folder of what it links to, which it finds by the layout of the two. */
const isLibrary = (path: string): boolean => /^(xgboost\/lib|xgboost(_cpu)?\.libs)\/[^/]+$/.test(path);

/** The package tool checks the hash and unpacks. */
async function fetchWheel(folder: string, wheel: Wheel, watch: Watch): Promise<void> {
  const tool = await findPackageTool(
    `fetch the wheel of ${wheel.package} ${xgboostVersion} elsewhere and give it by --wheel FILE`,
  );
  const requirements = join(folder, 'requirements.txt');
  const unpacked = join(folder, 'unpacked');
  await writeFile(requirements, `${wheel.package}==${xgboostVersion} --hash=sha256:${wheel.sha256}\n`);
  // The library needs no Python, so that the version of the one that happens to be there does not matter.
  const anyPython = tool.name === 'pip' ? ['--ignore-requires-python'] : ['--python-version', '3.12'];
  await runTool(
    `Fetching ${wheel.package} ${xgboostVersion}`,
    [
      ...tool.command,
      'install',
      ...['--target', unpacked, '--no-deps', '--only-binary', ':all:', '--require-hashes', '--no-cache-dir'],
      ...anyPython,
      ...['--requirement', requirements],
    ],
    watch,
  );
  for (const part of [dirname(wheel.library), `${wheel.package.replace('-', '_')}.libs`])
    await cp(join(unpacked, part), join(folder, part), { recursive: true }).catch(ignoreMissing);
  await rm(unpacked, { recursive: true });
  await rm(requirements);
}

async function unpackWheel(folder: string, file: string, wheel: Wheel): Promise<void> {
  const bytes = await read(file);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== wheel.sha256)
    throw new DataError(
      `${file} has the sha256 ${sha256}; the wheel of ${wheel.package} ${xgboostVersion} for this platform has ${wheel.sha256}. Give a library of another version by --library FILE`,
      { source: file },
    );
  for (const [path, content] of Object.entries(unzipSync(bytes, { filter: (entry) => isLibrary(entry.name) }))) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content, { mode: 0o755 });
  }
}

/** Libraries of Linux, macOS and Windows begin with one of these. */
const magics: readonly string[] = ['7f454c46', 'cffaedfe', 'cafebabe', '4d5a9000'];

async function copyLibrary(folder: string, file: string): Promise<string> {
  const bytes = await read(file);
  if (!magics.includes(bytes.subarray(0, 4).toString('hex')))
    throw new DataError(`${file} is not a shared library such as libxgboost.so`, { source: file });
  await writeFile(join(folder, basename(file)), bytes, { mode: 0o755 });
  return basename(file);
}

async function read(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new DataError(`${file} cannot be read: ${messageOf(cause)}`, { source: file });
  }
}

/** macOS finds what the library links to elsewhere. */
const ignoreMissing = (cause: NodeJS.ErrnoException): void => {
  if (cause.code !== 'ENOENT') throw cause;
};
