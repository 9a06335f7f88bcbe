// Every page of the console under axe-core's rules of WCAG 2.2 AA, light and dark; and the whole of it by keyboard alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreatePipelineCommand, SageMakerClient, StartPipelineExecutionCommand } from '@aws-sdk/client-sagemaker';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import type { RunningServer } from '../../src/server/index.ts';
import { optionsOf } from '../operate/stub-endpoint.ts';
import { runExample, signIn, skip, startPlace, visit } from './place.ts';

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** What axe finds in the page as it is now: rule, place and why. */
async function findingsOf(page: Page, runOnly: axe.RunOnly): Promise<string[]> {
  const { violations } = await page.evaluate<axe.AxeResults>(`axe.run(document, ${JSON.stringify({ runOnly })})`);
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')} ${failureSummary?.replaceAll(/\s+/g, ' ')}`),
  );
}

/** A pipeline `refuse` of one step, and a run of it. */
async function runPipeline(server: RunningServer): Promise<void> {
  const client = new SageMakerClient(optionsOf(server));
  const Steps = [{ Name: 'Refuse', Type: 'Fail', Arguments: { ErrorMessage: 'As asked' } }];
  await client.send(
    new CreatePipelineCommand({
      PipelineName: 'refuse',
      RoleArn: 'arn:aws:iam::000000000000:role/service-role/LinnetExecutionRole',
      ClientRequestToken: '0'.repeat(32),
      PipelineDefinition: JSON.stringify({ Version: '2020-12-01', Steps }),
    }),
  );
  await client.send(new StartPipelineExecutionCommand({ PipelineName: 'refuse', ClientRequestToken: '1'.repeat(32) }));
  client.destroy();
}

/** Until nothing is being loaded any more. */
const settled = (page: Page): Promise<void> =>
  page.locator('.mantine-Skeleton-root, .mantine-Loader-root').first().waitFor({ state: 'detached' });

/** Until no colour is on its way to another. */
const stillness = (page: Page): Promise<unknown> =>
  page.evaluate(
    `Promise.allSettled(document.getAnimations().filter((each) => each instanceof CSSTransition).map(({ finished }) => finished))`,
  );

test('No page breaks a rule of WCAG 2.2 AA, light or dark', { skip }, async (t) => {
  const server = await startPlace(t);
  const { page, faults } = await visit(t, server);
  const found: Record<string, string[]> = {};
  const look = async (name: string): Promise<void> => {
    await settled(page);
    await page.evaluate(axe.source);
    const findings = await findingsOf(page, { type: 'tag', values: tags });
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.locator('html[data-mantine-color-scheme=dark]').waitFor();
    await stillness(page);
    findings.push(...(await findingsOf(page, { type: 'rule', values: ['color-contrast'] })));
    await page.emulateMedia({ colorScheme: 'light' });
    await stillness(page);
    if (findings.length > 0) found[name] = findings;
  };
  await page.goto(`${server.address}/`);
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  await look('sign-in');
  await signIn(page, server);
  await look('home, empty');
  await runExample(page);
  await look('home, after the example');
  const name = (await page.getByRole('link', { name: 'Ask the endpoint' }).getAttribute('href'))!.split('/').at(-1)!;
  const bucket = `sagemaker-us-east-1-${server.accountId}`;
  await runPipeline(server);
  for (const path of [
    'jobs',
    'jobs?kind=tuning',
    `jobs/training/${name}`,
    `jobs/training/${name}?view=report`,
    `jobs/training/${name}?view=log`,
    `jobs/training/${name}?view=settings`,
    'jobs/training/none',
    `jobs/compare?names=${name},${name}`,
    'endpoints',
    `endpoints/${name}`,
    `endpoints/${name}?view=traffic`,
    `endpoints/${name}?view=variants`,
    `endpoints/${name}?view=log`,
    'models',
    'models?list=groups',
    `models/${name}`,
    'data',
    `data/${bucket}/`,
    `data/${bucket}/console/${name}/train/?object=train.csv`,
    `data/${bucket}/console/${name}/train/?object=train.csv&view=rows`,
    `data/${bucket}/console/${name}/?object=columns.json`,
    'train',
    `train?${new URLSearchParams({ table: `s3://${bucket}/console/${name}/train/train.csv` })}`,
    'train?by=form',
    `train?clone=${name}`,
    'pipelines',
    'pipelines/refuse',
    `endpoints/${name}?view=drift`,
    'users',
    'users?view=roles',
    'users?view=policies',
    'audit',
    'nowhere',
  ]) {
    await page.goto(`${server.address}/_linnet/console/${path}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await look(path);
  }
  await page.keyboard.press('?');
  await page.getByRole('dialog').waitFor();
  await look('keys');
  assert.deepEqual(found, {});
  assert.deepEqual(faults, []);
});

test('At the width of a telephone nothing sticks out of any page', { skip }, async (t) => {
  const server = await startPlace(t);
  const { page } = await visit(t, server, { width: 360 });
  await page.goto(`${server.address}/`);
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 360, 'the sign-in page');
  await signIn(page, server);
  await runExample(page);
  const name = (await page.getByRole('link', { name: 'Ask the endpoint' }).getAttribute('href'))!.split('/').at(-1)!;
  const wide: string[] = [];
  for (const path of [
    '',
    'jobs',
    `jobs/training/${name}`,
    'endpoints',
    `endpoints/${name}`,
    'models',
    `models/${name}`,
    'data',
    'train',
    'users',
    'audit',
    'pipelines',
    `endpoints/${name}?view=drift`,
  ]) {
    await page.goto(`${server.address}/_linnet/console/${path}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await settled(page);
    const width = await page.evaluate<number>('document.documentElement.scrollWidth');
    if (width > 360) wide.push(`${path}: ${width} px`);
  }
  assert.deepEqual(wide, []);
});

test('By keyboard alone: sign in, run the example, search, ask the endpoint, change a value, delete it, sign out', {
  skip,
}, async (t) => {
  const server = await startPlace(t);
  const { page, faults } = await visit(t, server);
  const { keyboard } = page;
  /** Tab until the thing with this name has the focus, as somebody would who cannot see far. */
  const tabTo = async (name: RegExp, key = 'Tab'): Promise<void> => {
    for (let presses = 0; presses < 80; presses += 1) {
      await keyboard.press(key);
      const focused = await page.evaluate<string>(
        `(() => { const { activeElement: e } = document;
          return e.getAttribute('aria-label') ?? e.labels?.[0]?.textContent ?? e.textContent ?? ''; })()`,
      );
      if (name.test(focused)) return;
    }
    throw new Error(`Tab does not reach ${name}`);
  };
  await page.goto(`${server.address}/`);
  await page.getByRole('heading', { name: 'Sign in to Linnet' }).waitFor();
  await keyboard.type(server.credentials.accessKeyId);
  await keyboard.press('Tab');
  await keyboard.type(server.credentials.secretAccessKey);
  await keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor();
  await keyboard.press('Tab');
  assert.equal(await page.evaluate('document.activeElement.textContent'), 'Skip to the page');
  await keyboard.press('Enter');
  await tabTo(/^Run the example$/);
  await keyboard.press('Enter');
  await page.getByText('that the model had never seen, it called').waitFor({ timeout: 60_000 });
  await keyboard.press('g');
  await keyboard.press('j');
  await page.getByRole('heading', { name: 'Jobs', level: 1 }).waitFor();
  await keyboard.press('/');
  await keyboard.type('breast');
  await page.getByRole('option').nth(2).waitFor();
  await keyboard.press('ArrowDown');
  await keyboard.press('ArrowDown');
  await keyboard.press('Enter');
  await page.waitForURL(/\/endpoints\/breast-cancer/);
  await page.getByText('The model calls diagnosis “benign”').waitFor();
  await tabTo(/^radius, worst, slider$/);
  await keyboard.press('End');
  await page.getByRole('table', { name: 'What moves the score' }).getByText('radius, worst').waitFor();
  await keyboard.press('?');
  await page.getByRole('dialog').waitFor();
  await keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  const name = await page.getByRole('heading', { level: 1 }).textContent();
  await tabTo(/^Delete$/, 'Shift+Tab');
  await keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await keyboard.type(name!);
  await keyboard.press('Enter');
  await page.waitForURL(/\/endpoints$/);
  await tabTo(/^Signed in as/, 'Shift+Tab');
  await keyboard.press('Enter');
  await page.getByRole('menuitem', { name: 'Sign out' }).waitFor();
  await tabTo(/^Sign out$/, 'ArrowDown');
  await keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Sign in to Linnet' }).waitFor();
  assert.deepEqual(faults, []);
});
