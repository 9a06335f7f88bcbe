// Users, policies, and what the audit log has of it all, in a browser.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { signIn, skip, startPlace, visit } from './place.ts';

test('An auditor is added with a ready-made role, sees the audit log narrowed by who and what, and it is verified', {
  skip,
}, async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'linnet-audited-'));
  const server = await startPlace(t, { dataDir });
  t.after(() => rmSync(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));
  const { page, faults } = await visit(t, server);
  await signIn(page, server);
  await page.getByRole('link', { name: 'Users', exact: true }).click();
  await page.getByLabel('Name of the new user').fill('ada');
  await page.getByRole('combobox', { name: 'Ready-made role of the new user' }).click();
  await page.getByRole('option', { name: 'Auditor' }).click();
  await page.getByRole('button', { name: 'Add a user' }).click();
  await page.getByRole('button', { name: 'Take LinnetAuditor from ada' }).waitFor();
  await page.getByRole('combobox', { name: 'Attach a policy to ada' }).click();
  await page.getByRole('option', { name: 'LinnetInvoker' }).click();
  await page.getByRole('button', { name: 'Take LinnetInvoker from ada' }).click();
  await page.getByRole('button', { name: 'Take LinnetInvoker from ada' }).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Make a key for ada' }).click();
  const shown = page.getByRole('alert').filter({ hasText: 'The secret is shown this once' });
  const [, id, secret] = /once([A-Z0-9]{20})(.+)$/.exec((await shown.textContent())!)!;
  await page.getByRole('tab', { name: 'Roles of jobs' }).click();
  await page.getByText('none yet: its jobs may read and write every object').waitFor();
  await page.getByRole('tab', { name: 'Policies' }).click();
  await page.getByRole('button', { name: /^LinnetAuditor/ }).click();
  await page.getByText('changes nothing').waitFor();

  await page.getByRole('button', { name: /^Signed in as/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.locator('[name=accessKeyId]').fill(id!);
  await page.locator('[name=secretAccessKey]').fill(secret!);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('link', { name: 'Data', exact: true }).click();
  await page.getByRole('button', { name: 'Make a bucket' }).click();
  await page.getByLabel('Name').fill('forbidden');
  await page.getByRole('button', { name: 'Make', exact: true }).click();
  await page
    .getByText(/not authorized|Access Denied/i)
    .first()
    .waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: 'Audit', exact: true }).click();
  const events = page.getByRole('table', { name: 'Events' });
  const rows = events.getByRole('row');
  await events.getByText('CreateBucket').waitFor();
  assert.match((await rows.nth(1).textContent())!, /user\/ada127\.0\.0\.1CreateBucketforbidden/);
  await page.getByLabel('What, or on what').fill('attach');
  await page.waitForURL(/what=attach/);
  await events.getByText('CreateBucket').waitFor({ state: 'detached' });
  assert.equal(await rows.count(), 3, 'the head and two attachments');
  await page.getByLabel('What, or on what').fill('');
  await page.getByLabel('Refused only').check();
  await page.waitForURL(/audit\?refused=true$/);
  await events.getByText('CreateBucket').waitFor();
  await events.getByText('AttachUserPolicy').first().waitFor({ state: 'detached' });
  assert.equal(await rows.count(), 2);
  await page.getByLabel('From').fill('2031-01-01');
  await page.getByText('Nothing in the log fits').waitFor();
  await page.getByRole('button', { name: 'Verify' }).click();
  await page.getByText('none was changed, removed or cut off').waitFor();
  // Somebody edits a line on disk.
  const folder = join(dataDir, 'audit');
  const file = join(folder, readdirSync(folder).find((name) => name.endsWith('.log'))!);
  writeFileSync(file, readFileSync(file, 'utf8').replace('"UserName":"ada"', '"UserName":"eve"'));
  await page.getByRole('button', { name: 'Verify' }).click();
  await page.getByText('The log does not hold').waitFor();
  assert.deepEqual(faults, []);
});

test('The audit log is shown to nobody who may not list users, and to nobody unsigned', { skip }, async (t) => {
  const server = await startPlace(t);
  const answer = await fetch(`${server.address}/_linnet/audit`);
  assert.equal(answer.status, 403);
  const { page } = await visit(t, server);
  await signIn(page, server);
  const wrong = await page.evaluate<string>(
    `fetch('/_linnet/audit?from=yesterday', { headers: { 'x-linnet-console': 'iam' } }).then((each) => each.text())`,
  );
  assert.match(wrong, /from must be a time such as .*; it is .*yesterday/);
});
