// The programs of examples/, run as their first lines say. Those in Python run in the conformance suite.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { build } from 'esbuild';
import { repositoryRoot } from '../architecture/sources.ts';
import { findChromium, runInChromium } from '../browser/chromium.ts';

const examples = join(repositoryRoot, 'examples');
let folder: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'linnet-examples-'));
});

after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));

function run(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  assert.equal(status, 0, `${stdout}${stderr}`);
  return stdout;
}

test('The library in Node: most rows that were held out are right', () => {
  const said = run(join(examples, 'library/fit.mjs'));
  const [, right] = /^(\d+) of 114 rows that it never saw are right$/m.exec(said) ?? [];
  assert.ok(Number(right) >= 105, said);
  assert.match(said, /bytes of model\.tar\.gz open as a binary_classifier of 30 features/);
});

test('The AWS SDK for JavaScript, through linnet run', () => {
  const linnet = join(repositoryRoot, 'bin/linnet.mjs');
  const said = run(
    linnet,
    'run',
    '--data-dir',
    join(folder, 'data'),
    '--',
    process.execPath,
    join(examples, 'aws-sdk/train.mjs'),
  );
  assert.match(said, /^A house of 100 square metres and 3 rooms: 247\.0$/m);
});

const browser = findChromium();

test('A page trains in its visitor’s browser, and asks no server for anything', {
  skip: browser === undefined ? 'the package chromium is not installed' : false,
}, async () => {
  copyFileSync(join(examples, 'page/index.html'), join(folder, 'index.html'));
  await build({
    entryPoints: [join(examples, 'page/page.js')],
    outfile: join(folder, 'bundle.js'),
    bundle: true,
    minify: true,
    logLevel: 'silent',
  });
  const visit = `
    const frame = document.createElement('iframe');
    frame.src = '/index.html';
    document.body.append(frame);
    await new Promise((resolve) => frame.addEventListener('load', resolve));
    const page = frame.contentDocument;
    const said = [];
    const watch = new MutationObserver(() => said.push(page.getElementById('status').textContent));
    watch.observe(page.getElementById('status'), { childList: true });
    page.getElementById('train').click();
    while (!/Trained|wrong/.test(said.at(-1) + page.getElementById('status').className)) await new Promise((resolve) => setTimeout(resolve, 20));
    const asked = frame.contentWindow.performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname);
    globalThis.answer({ said, asked, weights: page.getElementById('weights').innerText, archive: page.getElementById('save').href });`;
  const seen = (await runInChromium(browser!, { root: folder, imports: {}, script: visit, input: undefined })) as {
    said: string[];
    asked: string[];
    weights: string;
    archive: string;
  };
  assert.match(seen.said.at(-1)!, /^Trained\. Off by \d/);
  assert.ok(
    seen.said.some((text) => text.startsWith('Epoch ')),
    `${seen.said}`,
  );
  assert.match(seen.weights, /area\s+2\.\d/);
  assert.match(seen.archive, /^blob:/);
  assert.deepEqual(seen.asked, ['/bundle.js']);
});
