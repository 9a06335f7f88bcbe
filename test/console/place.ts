// A whole server with a data folder of its own, a program whose job goes on until it is stopped, and a browser at its console.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { addFolder } from '../../src/images/index.ts';
import { type RunningServer, readConfig, type ServerOptions, startServer } from '../../src/server/index.ts';
import { findChromium } from '../browser/chromium.ts';

/** Prints a line with a metric ten times a second. */
const endless = `#!/bin/sh
i=0
while true; do i=$((i + 1)); echo "round $i loss=0.$((1000 - i))"; sleep 0.1; done
`;

export const endlessImage = '123456789012.dkr.ecr.us-east-1.amazonaws.com/endless:latest';

/** A server that goes with the test. */
export async function startPlace(
  t: TestContext,
  options: ServerOptions = {},
  environment: Readonly<Record<string, string>> = {},
): Promise<RunningServer> {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-console-'));
  const programs = join(folder, 'endless-programs');
  mkdirSync(programs);
  writeFileSync(join(programs, 'train'), endless);
  chmodSync(join(programs, 'train'), 0o755);
  const adding = { dataFolder: folder, nowMs: Date.now, progress: () => undefined };
  await addFolder(adding, { name: 'endless', folder: programs, taken: [] });
  const server = await startServer(
    readConfig({ dataDir: folder, port: '0', logLevel: 'silent', ...options }, environment),
  );
  t.after(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });
  return server;
}

const browser = findChromium();
export const skip = browser === undefined ? 'the package chromium is not installed' : false;

export interface Visit {
  page: Page;
  context: BrowserContext;
  /** Whatever a visitor must never cause: errors of scripts, broken policy, requests to other hosts. */
  faults: string[];
}

/** Opens a page in a browser that goes with the test. */
export async function visit(
  t: TestContext,
  server: RunningServer,
  { width = 1100, dark = false }: { width?: number; dark?: boolean } = {},
): Promise<Visit> {
  const running = await chromium.launch({
    executablePath: browser!,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking'],
  });
  t.after(() => running.close());
  const context = await running.newContext({
    viewport: { width, height: 800 },
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error.stack ?? error)));
  page.on('console', (message) => {
    // A refusal that the page shows is no fault of it.
    if (message.type() === 'error' && !/^Failed to load resource/.test(message.text())) faults.push(message.text());
  });
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (origin !== server.address && !/^(data|blob):$/.test(protocol)) faults.push(`A request to ${request.url()}`);
  });
  return { page, context, faults };
}

export async function signIn(page: Page, { address, credentials }: RunningServer): Promise<void> {
  await page.goto(`${address}/`);
  await page.locator('[name=accessKeyId]').fill(credentials.accessKeyId);
  await page.locator('[name=secretAccessKey]').fill(credentials.secretAccessKey);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor();
}

/** From data to an endpoint in one click. */
export async function runExample(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Run the example' }).click();
  await page.getByText('that the model had never seen, it called').waitFor({ timeout: 60_000 });
}
