// Runs npm test and the conformance suite, passes their output on, and closes with one line for both.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Runs a command and counts what its closing lines say. A command that fails without saying so counts as one failure. */
function suite(command, args, passedLine, failedLine) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
      process.stdout.write(chunk);
    });
    child.once('close', (code) => {
      const count = (pattern) => Number(text.match(pattern)?.at(-1)?.match(/\d+/)?.[0] ?? 0);
      const passed = count(passedLine);
      const failed = count(failedLine);
      resolve({
        passed,
        failed: failed === 0 && (code !== 0 || passed === 0) ? 1 : failed,
        failures: failuresIn(text),
      });
    });
  });
}

/** Every failed test of a TAP output with its account, and the lines that its file wrote just before. */
function failuresIn(text) {
  const lines = text.split('\n');
  return lines.flatMap((line, at) => {
    if (!/^\s*not ok /.test(line)) return [];
    const indent = line.match(/^\s*/)[0];
    const end = lines.indexOf(`${indent}  ...`, at);
    const before = lines.slice(Math.max(0, at - 15), at).filter((said) => said.startsWith('# '));
    return [...before, ...lines.slice(at, Math.min(at + 60, end < 0 ? lines.length : end))];
  });
}

const tests = await suite('npm', ['test'], /^. pass \d+$/gm, /^. fail \d+$/gm);
const conformance = await suite(
  process.execPath,
  ['test/conformance/run.mjs'],
  /^\d+ programs? passed/gm,
  /\d+ failed$/gm,
);
const passed = tests.passed + conformance.passed;
const failed = tests.failed + conformance.failed;
const failures = [...tests.failures, ...conformance.failures];
// Again at the end, where whoever sees only the last lines finds them.
if (failures.length > 0) console.log(['What failed:', ...failures].join('\n'));
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
