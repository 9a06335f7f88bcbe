// Completion in the shells themselves, as a user gets it with a key.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { linnet } from './linnet-command.ts';
import { createStub, trainStub } from './stub-endpoint.ts';

const program = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'linnet-shell-'));
after(() => rmSync(folder, { recursive: true }));
// The command as a package installs it.
const command = join(folder, 'linnet');
writeFileSync(
  command,
  `#!${process.execPath}\nimport(${JSON.stringify(program)}).then(({ main }) => main(process.argv.slice(2)));\n`,
);
chmodSync(command, 0o755);
writeFileSync(join(folder, 'a-file'), '');

function runShell(shell: string, args: readonly string[], environment: Record<string, string> = {}): string {
  const path = `${folder}${delimiter}${process.env.PATH}`;
  const env = { ...process.env, PATH: path, HOME: folder, TERM: 'dumb', ...environment };
  const { stdout, stderr, error } = spawnSync(shell, args, { cwd: folder, encoding: 'utf8', env, timeout: 60_000 });
  assert.equal(error, undefined);
  assert.equal(stderr, '');
  return stdout;
}

const absent = (shell: string): string | false =>
  spawnSync(shell, ['--version']).error === undefined ? false : `there is no ${shell} on this machine`;

/** What bash completes a line to: its last word's proposals. */
function inBash(line: string, environment?: Record<string, string>): string[] {
  const words = line.split(' ');
  const script = `eval "$(linnet completion bash)"
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}) COMP_CWORD=${words.length - 1}
_linnet
printf '%s\\n' "\${COMPREPLY[@]}"
complete -p linnet`;
  const lines = runShell('bash', ['--norc', '-c', script], environment).trimEnd().split('\n');
  assert.equal(lines.pop(), 'complete -o default -F _linnet linnet');
  return lines.filter((each) => each !== '');
}

test('bash completes commands, options, their values, and the names that are known', {
  skip: absent('bash'),
}, async (t) => {
  assert.deepEqual(inBash('linnet re'), ['report', 'restore']);
  assert.ok(inBash('linnet ').includes('help'));
  assert.deepEqual(inBash('linnet help ba'), ['backup']);
  assert.deepEqual(inBash('linnet up --auth '), ['strict', 'open']);
  assert.deepEqual(inBash('linnet up --stop-'), ['--stop-delay', '--stop-grace']);
  assert.deepEqual(inBash('linnet image add xg'), ['xgboost', 'xgboost-script']);
  // There bash takes names of files.
  for (const line of ['linnet backup ', 'linnet up --tls-cert a', 'linnet nothing '])
    assert.deepEqual(inBash(line), []);
  const stub = await createStub(t);
  const here = { LINNET_DATA_DIR: stub.folder };
  assert.deepEqual(inBash('linnet image remove ', here), ['stub']);
  const server = await stub.start({ stopDelay: '0' });
  await trainStub(server, 'churn-7');
  assert.deepEqual((await linnet('__complete', 'logs', '--data-dir', stub.folder, '')).out.split('\t')[0], 'churn-7');
});

test('fish completes with what words mean', { skip: absent('fish') }, () => {
  const complete = (line: string): string =>
    runShell('fish', [
      '--no-config',
      '-c',
      `linnet completion fish | source; complete --do-complete ${JSON.stringify(line)}`,
    ]);
  assert.match(complete('linnet res'), /^restore\tMake a data folder of a backup/);
  assert.equal(complete('linnet backup a'), 'a-file\n');
});

test('zsh takes the script, and completes what it proposes', { skip: absent('zsh') }, () => {
  const script = `autoload -Uz compinit && compinit -u -D
eval "$(linnet completion zsh)"
_describe() { print -r -- "\${found[@]}" }
_files() { print files }
whence -w _linnet; print -r -- $_comps[linnet]
words=(linnet res) CURRENT=2; _linnet
words=(linnet backup a) CURRENT=3; _linnet`;
  assert.deepEqual(runShell('zsh', ['-f', '-c', script]).trimEnd().split('\n'), [
    '_linnet: function',
    '_linnet',
    'restore:Make a data folder of a backup: linnet restore FILE',
    'files',
  ]);
});

test('a shell that has no completion here is refused with those that have', async () => {
  const { code, err } = await linnet('completion', 'csh');
  assert.deepEqual([code, err], [2, 'linnet: There is no completion for "csh"; there is for bash, zsh, fish\n']);
});
