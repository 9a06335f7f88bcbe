// The page of a report in a real browser: three widths, dark and light, print, without scripts, and axe-core's rules.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import axe from 'axe-core';
import { chromium } from 'playwright-core';
import { drawReport } from '../../src/reports/index.ts';
import { findChromium } from './chromium.ts';

const browser = findChromium();
const skip = browser === undefined ? 'the package chromium is not installed' : false;
const golden = new URL('../../../src/algorithms/linear-learner/report/golden/wdbc.json', import.meta.url);
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

test('The page of a report reads at any width, light or dark, printed and without scripts', { skip }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-report-'));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));
  const file = join(folder, 'report.html');
  writeFileSync(file, await drawReport(JSON.parse(readFileSync(golden, 'utf8'))));
  const running = await chromium.launch({
    executablePath: browser!,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking'],
  });
  t.after(() => running.close());
  const faults: string[] = [];
  for (const [width, colorScheme] of [
    [340, 'light'],
    [1024, 'dark'],
    [1680, 'light'],
  ] as const) {
    // The policy of the page stops axe, too.
    const context = await running.newContext({ viewport: { width, height: 800 }, colorScheme, bypassCSP: true });
    const page = await context.newPage();
    page.on('pageerror', (error) => faults.push(String(error)));
    page.on('console', (message) => faults.push(message.text()));
    page.on('request', (request) => {
      if (!request.url().startsWith('file:')) faults.push(request.url());
    });
    await page.goto(`file://${file}`);
    const wide = await page.evaluate<number>('document.documentElement.scrollWidth');
    assert.ok(wide <= width, `${wide} pixels at a width of ${width}`);
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate<axe.AxeResults>(
      `axe.run(document, ${JSON.stringify({ runOnly: { type: 'tag', values: tags } })})`,
    );
    assert.deepEqual(
      violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.target.join(' ')}`),
      [],
    );
    await context.close();
  }
  const page = await running.newPage();
  page.on('console', (message) => faults.push(message.text()));
  await page.goto(`file://${file}`);
  const cell = page.locator('#threshold [data-cell=fp]').first();
  await page.locator('#cut').fill('0');
  assert.equal(await cell.textContent(), '130', 'every benign row is called malignant from 0 on');
  await page.locator('#cut').press('End');
  assert.equal(await cell.textContent(), '0');
  const plain = await running.newContext({ javaScriptEnabled: false });
  const still = await plain.newPage();
  await still.goto(`file://${file}`);
  assert.equal(await still.locator('#threshold').isVisible(), false);
  assert.equal(await still.locator('.verdict').isVisible(), true);
  assert.ok((await page.pdf({ format: 'A4' })).length > 20_000);
  assert.deepEqual(faults, []);
});
