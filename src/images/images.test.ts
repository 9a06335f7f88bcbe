import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { DataError } from '../base/index.ts';
import { addFolder } from './add-folder.ts';
import { imagesFolder, readImages } from './image.ts';
import { keepImage, removeImage } from './keep.ts';
import { newestLibrary } from './newest-library.ts';
import { addOnnxRuntime } from './onnx/add.ts';
import { run, runTool } from './package-tool.ts';
import { addXgboostLibrary } from './xgboost/add.ts';

function dataFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-images-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

let nowMs = 0;
const addingTo = (folder: string) => ({ dataFolder: folder, nowMs: () => (nowMs += 1), progress: () => undefined });
const tried = async (file: string): Promise<string> => {
  if (file.includes('unusable')) throw new DataError('it has no function XGBoosterCreate');
  return '1.7.4';
};
const named = async (name: string, version: string) =>
  ({ name, version, kind: 'library', repositories: [], files: { library: 'lib.so' }, madeFrom: 'a test' }) as const;
const refused = async (work: Promise<unknown>): Promise<string> => {
  const thrown = await work.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  assert.ok(thrown instanceof DataError, String(thrown));
  return thrown.message;
};

test('An image is there once it is whole, and one that could not be made leaves nothing', async (t) => {
  const folder = dataFolder(t);
  assert.deepEqual(readImages(folder), []);
  let seenMeanwhile: unknown;
  const kept = await keepImage(addingTo(folder), async (making) => {
    writeFileSync(join(making, 'lib.so'), 'four');
    seenMeanwhile = readImages(folder);
    return named('a', '1');
  });
  assert.deepEqual(seenMeanwhile, []);
  assert.equal(kept.sizeBytes, 4);
  assert.deepEqual(readImages(folder), [kept]);

  const broken = keepImage(addingTo(folder), async (making) => {
    writeFileSync(join(making, 'half'), 'half');
    throw new DataError('no space');
  });
  assert.equal(await refused(broken), 'no space');
  assert.deepEqual(readdirSync(imagesFolder(folder)), ['a']);
});

test('An interruption ends the package tool and leaves nothing, and the next image clears what a kill left', async (t) => {
  const folder = dataFolder(t);
  const interruption = new AbortController();
  const adding = { ...addingTo(folder), interrupted: interruption.signal, progress: () => interruption.abort(thrown) };
  const thrown = new DataError('Interrupted');
  const cut = keepImage(adding, async (making) => {
    writeFileSync(join(making, 'half'), 'half');
    await runTool('Fetching', ['sh', '-c', 'echo begun; exec sleep 600'], adding);
    return named('a', '1');
  });
  assert.equal(await refused(cut), 'Interrupted');
  assert.deepEqual(readdirSync(imagesFolder(folder)), []);

  const ended = spawnSync('true').pid;
  for (const name of [`.adding-${ended}-x`, `.removed-${ended}-x`, `.adding-${process.pid}-x`])
    mkdirSync(join(imagesFolder(folder), name));
  await keepImage(addingTo(folder), async () => named('a', '1'));
  assert.deepEqual(readdirSync(imagesFolder(folder)), [`.adding-${process.pid}-x`, 'a']);
});

test('A package tool that does not reach its index is not quoted with a package that there is not', async () => {
  const fails = (line: string) => {
    const script = `echo "WARNING: Retrying (Retry(total=0)) after ${line}" >&2; echo "ERROR: No matching distribution found for a==1" >&2; exit 1`;
    return refused(runTool('Installing a', ['sh', '-c', script], { progress: () => undefined }));
  };
  const unreachable = await fails('NewConnectionError: [Errno -3] Temporary failure in name resolution');
  assert.match(unreachable, /^Installing a failed: the package index cannot be reached.*PIP_INDEX_URL/);
  assert.equal(await fails('a pause'), 'Installing a failed: ERROR: No matching distribution found for a==1');
});

test('A folder whose program cannot start is refused with the reason', async (t) => {
  const folder = dataFolder(t);
  const source = join(folder, 'source');
  mkdirSync(source);
  const add = (content: string) => {
    writeFileSync(join(source, 'train'), content, { mode: 0o755 });
    return addFolder(addingTo(folder), { name: 'mine', folder: source, taken: [] });
  };
  assert.match(await refused(add('')), /source\/train is empty/);
  assert.match(
    await refused(add('#!/no/such/python3 -u\nprint()\n')),
    /train begins with #!\/no\/such\/python3, and there is no \/no\/such\/python3 on this machine/,
  );
  assert.match(await refused(add('#!/bin/sh\r\necho\r\n')), /train has the line ends of Windows/);
  for (const content of ['#!/bin/sh\necho', '#! /usr/bin/env -S sh -e\n', '\x7fELF'])
    assert.equal((await add(content)).version, '1');
});

test('Another user may read and run what an image holds, whatever rights its source has', async (t) => {
  const folder = dataFolder(t);
  const source = join(folder, 'source');
  mkdirSync(join(source, 'lib'), { recursive: true, mode: 0o700 });
  writeFileSync(join(source, 'train'), '#!/bin/sh\n', { mode: 0o700 });
  writeFileSync(join(source, 'lib', 'weights'), 'x', { mode: 0o600 });
  symlinkSync('/etc/passwd', join(source, 'lib', 'link'));
  const { folder: image } = await addFolder(addingTo(folder), { name: 'mine', folder: source, taken: [] });
  const modes = ['.', 'program', 'program/train', 'program/lib', 'program/lib/weights'].map(
    (path) => statSync(join(image, path)).mode & 0o777,
  );
  assert.deepEqual(modes, [0o755, 0o755, 0o755, 0o755, 0o644]);
  assert.equal(statSync(join(folder, 'images')).mode & 0o077, 0);
});

test('Versions stand side by side; the one added last is used, and each can be replaced and removed', async (t) => {
  const folder = dataFolder(t);
  const add = (version: string, content: string) =>
    keepImage(addingTo(folder), async (making) => {
      writeFileSync(join(making, 'lib.so'), content);
      return named('lib', version);
    });
  await add('2', 'new');
  const old = await add('1', 'old');
  assert.equal(newestLibrary(readImages(folder), 'lib')?.file, join(old.folder, 'lib.so'));
  await add('1', 'older');
  assert.equal(readImages(folder)[0]?.sizeBytes, 5);
  assert.throws(() => removeImage(folder, 'lib', '3'), /no image "lib" of version "3"; there are: lib 1, lib 2/);
  assert.deepEqual(removeImage(folder, 'lib', '1').length, 1);
  assert.deepEqual(
    readImages(folder).map(({ version }) => version),
    ['2'],
  );
  removeImage(folder, 'lib');
  assert.throws(() => removeImage(folder, 'lib'), /no image "lib"; none has been added/);
});

test('A library comes from a file of the right kind, a wheel only with the hash that is known', async (t) => {
  const folder = dataFolder(t);
  const file = join(folder, 'libxgboost.so');
  writeFileSync(file, 'no library');
  const add = (source: Parameters<typeof addXgboostLibrary>[1]) => addXgboostLibrary(addingTo(folder), source, tried);
  assert.match(await refused(add({ library: file })), /libxgboost\.so is not a shared library/);
  assert.match(await refused(add({ library: join(folder, 'absent') })), /absent cannot be read: ENOENT/);
  assert.match(await refused(add({ library: file, wheel: file })), /not both/);
  assert.match(
    await refused(add({ wheel: file, platform: 'linux-x64' })),
    /has the sha256 [0-9a-f]{64}; the wheel of xgboost-cpu 3\.0\.5 for this platform has ed5c141b/,
  );
  assert.match(
    await refused(add({ platform: 'sunos-x64' })),
    /No XGBoost library is known for sunos-x64; there is one for linux-x64, linux-arm64, darwin-arm64, darwin-x64/,
  );
  assert.deepEqual(readImages(folder), []);

  writeFileSync(file, Buffer.from('7f454c46020101', 'hex'));
  const unusable = join(folder, 'unusable.so');
  writeFileSync(unusable, Buffer.from('7f454c46020101', 'hex'));
  assert.equal(await refused(add({ library: unusable })), 'it has no function XGBoosterCreate');
  assert.deepEqual(readImages(folder), []);
  const image = await add({ library: file });
  assert.equal(image.madeFrom, file);
  assert.equal(image.version, '1.7.4', 'a library says itself which version it is');
  assert.equal(newestLibrary(readImages(folder), 'xgboost')?.file, join(image.folder, 'libxgboost.so'));
});

test('The package tool fetches the library, which keeps what it links to beside it', async (t) => {
  if (process.platform !== 'linux') return t.skip('the layout is that of Linux');
  const folder = dataFolder(t);
  const hasPip = (await run(['python3', '-m', 'pip', '--version'])).code === 0;
  const index = ['python3', '-m', 'pip', 'download', '--quiet', '--no-deps', '--ignore-requires-python'];
  const wheels = join(folder, 'wheels');
  if (!hasPip || (await run([...index, '--dest', wheels, 'xgboost-cpu==3.0.5'])).code !== 0)
    return t.skip('the package xgboost-cpu is not installed');

  const fetched = await addXgboostLibrary(addingTo(folder), {}, tried);
  const libraries = readdirSync(join(fetched.folder, 'xgboost_cpu.libs'));
  assert.match(libraries.join(), /^libgomp-[^,]*$/);
  assert.ok(existsSync(join(fetched.folder, fetched.files.library!)));
  const [wheel] = readdirSync(wheels);
  const given = await addXgboostLibrary(addingTo(folder), { wheel: join(wheels, wheel!) }, tried);
  assert.deepEqual(readdirSync(join(given.folder, 'xgboost_cpu.libs')), libraries);
  assert.deepEqual([given.files, given.sizeBytes], [fetched.files, fetched.sizeBytes]);
});

test('ONNX Runtime comes through npm and is checked against its hash; without npm or a registry it is said what to do', async (t) => {
  const folder = dataFolder(t);
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const { PATH } = process.env;
  t.after(() => {
    process.env.PATH = PATH;
  });
  process.env.PATH = bin;
  const add = (source: { package?: string } = {}) => refused(addOnnxRuntime(addingTo(folder), source));
  assert.match(
    await add(),
    /^npm was not found on this machine: install it, or fetch onnxruntime-web-1\.30\.0\.tgz elsewhere/,
  );
  const npm = (script: string): void => writeFileSync(join(bin, 'npm'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  npm('echo "npm error code ECONNREFUSED" >&2; exit 1');
  assert.match(await add(), /^Fetching onnxruntime-web 1\.30\.0 failed: the registry cannot be reached/);
  npm('echo "npm error code E404" >&2; echo "npm error 404 Not Found" >&2; exit 1');
  assert.equal(await add(), 'Fetching onnxruntime-web 1.30.0 failed: E404 404 Not Found');
  npm('echo other > "$4/onnxruntime-web-1.30.0.tgz"');
  assert.match(await add(), /onnxruntime-web-1\.30\.0\.tgz has the sha512 \S+==; onnxruntime-web 1\.30\.0 has q0y\+/);
  assert.match(await add({ package: join(folder, 'absent.tgz') }), /absent\.tgz cannot be read: ENOENT/);
  assert.deepEqual(readImages(folder), []);
});
