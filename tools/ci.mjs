// Runs the checks, npm test and the conformance suite, passes their output on, and closes with one line for all of them.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Why a test is skipped when a package is absent that the registries have. Here that is a failure. */
const notInstalled = /# SKIP .*is not installed/;

/** Runs a command and counts what its closing lines say. A command that fails without saying so counts as one failure. */
function suite(name, command, args, { passedLine, failedLine, skippedLine }) {
  const startedAtMs = performance.now();
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, CI: 'true' },
    });
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
      process.stdout.write(chunk);
    });
    child.once('close', (code) => {
      const countOf = (text) => Number(text?.match(/\d+/)?.[0] ?? 0);
      const last = (pattern) => countOf(pattern && text.match(pattern)?.at(-1));
      const missing = text.split('\n').filter((line) => notInstalled.test(line));
      const passed = last(passedLine);
      const skipped = last(skippedLine) - missing.length;
      // Cancelled tests are those of a file that was stopped; node counts them apart.
      const failed = failedLine.reduce((sum, pattern) => sum + last(pattern), 0) + missing.length;
      const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(0);
      resolve({
        account: `${name}: ${passed} passed, ${failed} failed, ${skipped} skipped in ${seconds} s`,
        passed,
        failed: failed === 0 && (code !== 0 || passed === 0) ? 1 : failed,
        skipped,
        skips: text.split('\n').filter((line) => /# SKIP/.test(line)),
        failures: [...failuresIn(text), ...missing],
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

/** How node's runner closes. */
const nodeLines = {
  passedLine: /^. pass \d+$/gm,
  failedLine: [/^. fail \d+$/gm, /^. cancelled \d+$/gm],
  skippedLine: /^. skipped \d+$/gm,
};
/** What differs between engines: vectors, the database, processes and what runs in them. */
const onNode24 = ['kernels/', 'store/', 'compute/', 'algorithms/'];
const suites = [
  await suite('checks', 'npm', ['run', 'check'], {
    passedLine: /^\d+ checks? passed/gm,
    failedLine: [/\d+ checks? failed$/gm],
  }),
  await suite('npm test', 'npm', ['test'], nodeLines),
  await suite('Node.js 24', process.execPath, ['tools/test-on-node.mjs', '24', ...onNode24], nodeLines),
  await suite('conformance', process.execPath, ['test/conformance/run.mjs'], {
    passedLine: /^\d+ programs? passed/gm,
    failedLine: [/\d+ failed$/gm],
    skippedLine: /^\d+ programs? skipped/gm,
  }),
];
const sum = (what) => suites.reduce((total, counted) => total + counted[what], 0);
const failures = suites.flatMap((counted) => counted.failures);
const skips = suites.flatMap((counted) => counted.skips);
if (skips.length > 0) console.log(['What was skipped:', ...skips].join('\n'));
// Again at the end, where whoever sees only the last lines finds them.
if (failures.length > 0) console.log(['What failed:', ...failures].join('\n'));
for (const { account } of suites) console.log(account);
const skipped = sum('skipped');
console.log(`${sum('passed')} passed, ${sum('failed')} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exit(sum('failed') === 0 ? 0 : 1);
