// Runs each program of programs/, written against Amazon's own clients, and the programs in each page of docs/guides/, on a
// fresh Linnet through `linnet run`.
// Programs in Python run in a virtual environment of their folder's requirements, those in Go are built where there is Go.
// Two run at a time. Arguments choose programs by part of their path.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, extname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const linnet = fileURLToPath(new URL('../../bin/linnet.mjs', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'linnet-conformance-'));
const dataFolder = join(work, 'data');
const wanted = process.argv.slice(2);
const pages = fileURLToPath(new URL('../../docs/guides', import.meta.url));
const programs = [
  ...readdirSync(join(here, 'programs'), { recursive: true })
    .filter((file) => ['.py', '.go'].includes(extname(file)))
    .map((file) => ({ program: file, path: join(here, 'programs', file) })),
  ...readdirSync(pages)
    .filter((file) => file !== 'README.md')
    .map((file) => ({ program: `guides/${file}`, path: join(pages, file) })),
]
  .filter(({ program }) => wanted.length === 0 || wanted.some((part) => program.includes(part)))
  .sort((left, right) => (left.program < right.program ? -1 : 1));
const makers = { '.py': pythonCommand, '.go': goCommand, '.md': pageCommand };
const failed = [];
const skipped = [];
addImages();
const server = await startServer();
try {
  const commands = [];
  for (const { program, path } of programs) {
    const command = makers[extname(program)](path);
    if (command === undefined) skipped.push(program);
    else commands.push({ program, command });
  }
  // Two at a time, each taking the next: the clients spend much of their time waiting for the server.
  const next = commands.values();
  await Promise.all([runAll(next), runAll(next)]);
} finally {
  server.kill('SIGTERM');
  await new Promise((resolve) => server.once('close', resolve));
  rmSync(work, { recursive: true, force: true });
}
const passed = programs.length - failed.length - skipped.length;
for (const program of skipped) console.log(`# SKIP ${program}: there is no Go on this machine`);
if (skipped.length > 0) console.log(`${skipped.length} programs skipped`);
console.log(`${passed} programs passed, ${failed.length} failed`);
process.exit(failed.length === 0 && passed > 0 ? 0 : 1);

/** Adds the images that programs name in a comment and pages in a command, `linnet image add NAME ...`, once for all later runs. */
function addImages() {
  const named = programs.flatMap(({ path }) => [
    ...readFileSync(path, 'utf8').matchAll(/^(?:# )?linnet (image add .+)$/gm),
  ]);
  if (named.length === 0) return;
  const images = join(here, '.venv/images');
  mkdirSync(images, { recursive: true });
  mkdirSync(dataFolder, { mode: 0o700 });
  symlinkSync(images, join(dataFolder, 'images'));
  for (const command of new Set(named.map(([, command]) => command))) {
    const [, , name] = command.split(' ');
    if (existsSync(join(images, name))) continue;
    console.log(`linnet ${command} ...`);
    must(process.execPath, [linnet, ...command.split(' '), '--data-dir', dataFolder]);
  }
}

async function runAll(commands) {
  for (const { program, command } of commands) {
    const folder = join(work, program.replaceAll('/', '-'));
    mkdirSync(folder);
    const startedAtMs = performance.now();
    const { code, output } = await outcomeOf(
      spawn(process.execPath, [linnet, 'run', '--data-dir', dataFolder, '--', ...command], {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: 300_000,
        env: { ...process.env, HOME: folder, LINNET_DATA_DIR: dataFolder },
      }),
    );
    const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
    console.log(`${code === 0 ? 'ok    ' : 'not ok'} ${program} (${seconds} s)`);
    // What a program counted.
    for (const line of output.split('\n')) if (line.startsWith('# ')) console.log(line);
    if (code === 0) continue;
    failed.push(program);
    console.log(output.split('\n').slice(-60).join('\n'));
  }
}

/** The exit code of a program (null if a signal ended it) and what it wrote. */
function outcomeOf(child) {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}

function pythonCommand(program) {
  return [pythonOf(dirname(program)), '-W', 'ignore', program];
}

/** A page of the guides, with the clients of most programs. */
function pageCommand(page) {
  return [pythonOf(join(here, 'programs')), '-W', 'ignore', join(here, 'run-page.py'), page];
}

/** The virtual environment of a folder's requirements.txt, made once for each version of that file. */
function pythonOf(folder) {
  const requirements = join(folder, 'requirements.txt');
  const environment = join(here, '.venv', basename(folder));
  const interpreter = join(environment, 'bin/python');
  const mark = join(environment, 'requirements.sha256');
  const digest = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === digest) return interpreter;
  rmSync(environment, { recursive: true, force: true });
  console.log(`Installing the Python clients of ${basename(folder)} ...`);
  must('python3', ['-m', 'venv', environment]);
  must(interpreter, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '-r', requirements]);
  writeFileSync(mark, digest);
  return interpreter;
}

/** A program built of its folder; undefined where there is no Go. */
function goCommand(program) {
  if (spawnSync('go', ['version']).status !== 0) return undefined;
  console.log(`Building ${basename(program)} ...`);
  const binary = join(work, basename(program, '.go'));
  must('go', ['build', '-C', dirname(program), '-o', binary, '.']);
  return [binary];
}

function must(command, args) {
  const result = spawnSync(command, args, { encoding: 'utf8' });
  if (result.status === 0) return;
  console.error(`${command} ${args.join(' ')} failed\n${result.stdout ?? ''}${result.stderr ?? ''}${result.error?.message ?? ''}`);
  process.exit(1);
}

/** Starts `linnet up` on a free port and resolves once it answers. */
function startServer() {
  const child = spawn(process.execPath, [linnet, 'up', '--json', '--port', '0', '--data-dir', dataFolder, '--log-level', 'warn'], { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    child.once('close', (code) => reject(new Error(`linnet up ended with ${code}`)));
    createInterface(child.stdout).once('line', (line) => {
      console.log(`Linnet answers at ${JSON.parse(line).address}`);
      resolve(child);
    });
  });
}
