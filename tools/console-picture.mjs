// Draws docs/pictures/console.png from the real thing: the endpoint of the example, in headless Chromium.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'linnet-picture-'));
const server = spawn(
  process.execPath,
  [join(root, 'bin/linnet.mjs'), 'up', '--json', '--port', '0', '--data-dir', folder, '--log-level', 'warn'],
  { stdio: ['ignore', 'pipe', 'inherit'] },
);
const ended = new Promise((resolve) => server.once('close', resolve));
const [line] = await new Promise((resolve) =>
  createInterface({ input: server.stdout }).once('line', (text) => resolve([text])),
);
const { address, accessKeyId, secretAccessKey } = JSON.parse(line);
const browser = await chromium.launch({
  executablePath: process.argv[2] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
try {
  const page = await browser.newPage({ viewport: { width: 1100, height: 720 } });
  await page.goto(`${address}/`);
  await page.locator('[name=accessKeyId]').fill(accessKeyId);
  await page.locator('[name=secretAccessKey]').fill(secretAccessKey);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Run the example' }).click();
  await page.getByRole('link', { name: 'Ask the endpoint' }).click({ timeout: 60_000 });
  await page.getByLabel('radius, mean', { exact: true }).fill('21');
  await page.getByLabel('texture, mean', { exact: true }).fill('28');
  await page.getByLabel('concavity, mean', { exact: true }).fill('0.2');
  await page.getByLabel('radius, worst', { exact: true }).fill('30');
  await page.getByLabel('concave points, worst', { exact: true }).fill('0.24');
  await page.getByText('“malignant”').waitFor();
  await page.evaluate('scrollTo(0, 0)');
  await page.screenshot({ path: join(root, 'docs/pictures/console.png') });
} finally {
  await browser.close();
  server.kill('SIGTERM');
  await ended;
  rmSync(folder, { recursive: true, force: true });
}
