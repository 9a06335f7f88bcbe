// The layer in which scripts run above the Python of an image, with this machine's Python and no package index.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { strToU8, zipSync } from 'fflate';

const enter = fileURLToPath(new URL('../../../python/linnet_script_mode/enter.py', import.meta.url));
const hasPython = spawnSync('python3', ['-c', 'import venv, ensurepip']).status === 0;
const withoutPython = hasPython ? {} : { skip: 'the package python3-venv is not installed' };

let folder: string;
let image: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'linnet-layer-'));
  image = join(folder, 'image');
  if (!hasPython) return;
  run('python3', '-m', 'venv', image);
  run(
    join(image, 'bin/python'),
    '-m',
    'pip',
    'install',
    '--no-index',
    wheelOf('shared', '1.0'),
    wheelOf('tiny', '1.0'),
  );
});

after(() => rmSync(folder, { recursive: true, force: true }));

function run(...[command = '', ...args]: string[]): void {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  assert.equal(status, 0, `${stdout}${stderr}`);
}

/** But for what Python compiles of them. */
const filesOfImage = (): string[] =>
  readdirSync(join(image, 'lib'), { recursive: true })
    .map(String)
    .filter((file) => !file.includes('__pycache__'));

/** A package of one module that says its version. */
function wheelOf(name: string, version: string): string {
  const info = `${name}-${version}.dist-info`;
  const files = {
    [`${name}.py`]: `version = "${version}"\n`,
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`,
    [`${info}/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    [`${info}/RECORD`]: '',
  };
  const file = join(folder, `${name}-${version}-py3-none-any.whl`);
  writeFileSync(file, zipSync(Object.fromEntries(Object.entries(files).map(([path, text]) => [path, strToU8(text)]))));
  return file;
}

/** Runs a line of sh in the layer of a job. */
function inLayer(job: string, line: string) {
  const root = join(folder, job);
  mkdirSync(root, { recursive: true });
  return spawnSync(join(image, 'bin/python'), [enter, 'sh', '-c', line], {
    encoding: 'utf8',
    env: { PATH: `${join(image, 'bin')}:${process.env.PATH}`, SAGEMAKER_BASE_DIR: root },
  });
}

const versions = `python3 -c 'import shared, tiny; print(shared.version, tiny.version)'`;

test('A job finds the packages of the image, and installs what it needs for itself alone', withoutPython, () => {
  const before = filesOfImage();
  const wheel = wheelOf('tiny', '2.0');
  const first = inLayer('first', `pip install --no-index ${wheel} && ${versions}`);
  assert.equal(first.status, 0, first.stderr);
  assert.match(first.stdout, /^1\.0 2\.0$/m);
  const second = inLayer('second', versions);
  assert.equal(second.stdout, '1.0 1.0\n', second.stderr);
  const again = inLayer('first', versions);
  assert.equal(again.stdout, '1.0 2.0\n', 'a program that is started again finds what it installed');
  assert.deepEqual(filesOfImage(), before);
});

test('What the image has counts as installed', withoutPython, () => {
  const { stdout } = inLayer('satisfied', `pip install --no-index shared`);
  assert.match(stdout, /Requirement already satisfied: shared/);
});

test('What a script prints is seen at once and by whole lines', withoutPython, () => {
  const { stdout, stderr } = inLayer(
    'lines',
    `python3 -c 'import sys; print(sys.stdout.line_buffering, sys.stdout.write_through)'`,
  );
  assert.equal(stdout, 'True False\n', stderr);
});

test('An entry point that cannot be run is named', withoutPython, () => {
  const root = join(folder, 'entry');
  mkdirSync(root);
  const { status, stderr } = spawnSync(join(image, 'bin/python'), [enter, 'no-such-program'], {
    encoding: 'utf8',
    env: { PATH: '/usr/bin:/bin', SAGEMAKER_BASE_DIR: root },
  });
  assert.equal(status, 1);
  assert.equal(stderr, 'The entry point no-such-program cannot be run: No such file or directory\n');
});
