// Runs each program of programs/, written against Amazon's own Python clients, on a fresh Linnet through `linnet run`.
// Makes its own virtual environment. Arguments choose programs by part of their name.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const linnet = fileURLToPath(new URL('../../bin/linnet.mjs', import.meta.url));
const python = makeEnvironment();
const work = mkdtempSync(join(tmpdir(), 'linnet-conformance-'));
const dataFolder = join(work, 'data');
const programs = readdirSync(join(here, 'programs'))
  .filter((file) => file.endsWith('.py') && (process.argv.length < 3 || process.argv.slice(2).some((part) => file.includes(part))))
  .sort();
let failed = 0;
const server = await startServer();
try {
  for (const program of programs) {
    const folder = join(work, basename(program, '.py'));
    mkdirSync(folder);
    const startedAtMs = performance.now();
    const run = spawnSync(process.execPath, [linnet, 'run', '--data-dir', dataFolder, '--', python, '-W', 'ignore', join(here, 'programs', program)], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 300_000,
      env: { ...process.env, HOME: folder },
    });
    const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
    console.log(`${run.status === 0 ? 'ok    ' : 'not ok'} ${program} (${seconds} s)`);
    if (run.status !== 0) {
      failed += 1;
      console.log(`${run.stdout}${run.stderr}`.split('\n').slice(-60).join('\n'));
    }
  }
} finally {
  server.kill('SIGTERM');
  await new Promise((resolve) => server.once('close', resolve));
  rmSync(work, { recursive: true, force: true });
}
console.log(`${programs.length - failed} programs passed, ${failed} failed`);
process.exit(failed === 0 && programs.length > 0 ? 0 : 1);

/** The virtual environment of requirements.txt, made once for each version of that file. */
function makeEnvironment() {
  const requirements = join(here, 'requirements.txt');
  const folder = join(here, '.venv');
  const interpreter = join(folder, 'bin/python');
  const mark = join(folder, 'requirements.sha256');
  const digest = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === digest) return interpreter;
  rmSync(folder, { recursive: true, force: true });
  console.log('Installing the Python clients ...');
  must('python3', ['-m', 'venv', folder]);
  must(interpreter, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '-r', requirements]);
  writeFileSync(mark, digest);
  return interpreter;
}

function must(command, args) {
  const result = spawnSync(command, args, { encoding: 'utf8' });
  if (result.status === 0) return;
  console.error(`${command} ${args.join(' ')} failed\n${result.stdout ?? ''}${result.stderr ?? ''}${result.error?.message ?? ''}`);
  process.exit(1);
}

/** Starts `linnet up` on a free port and resolves once it answers. */
function startServer() {
  const child = spawn(process.execPath, [linnet, 'up', '--json', '--port', '0', '--data-dir', dataFolder], { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    child.once('close', (code) => reject(new Error(`linnet up ended with ${code}`)));
    createInterface(child.stdout).once('line', (line) => {
      console.log(`Linnet answers at ${JSON.parse(line).address}`);
      resolve(child);
    });
  });
}
