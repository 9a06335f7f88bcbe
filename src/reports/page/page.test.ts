import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { drawReport, type Report } from '../index.ts';

/** The reviewed report of the breast-cancer job. */
const golden = new URL('../../../../src/algorithms/linear-learner/report/golden/wdbc.json', import.meta.url);
const report = (): Report => JSON.parse(readFileSync(golden, 'utf8'));

test('The page asks nothing of any host, and runs one script that its policy names', async () => {
  const page = await drawReport(report());
  for (const [address] of page.matchAll(/https?:\/\/[^"' )<]+/g)) assert.equal(address, 'http://www.w3.org/2000/svg');
  assert.doesNotMatch(page, /\s(src|href|action)="(?!#)/);
  assert.match(page, /Content-Security-Policy" content="default-src &#39;none&#39;/);
  assert.equal(page.match(/<script>/g)?.length, 1);
});

test('The page begins with the finding, and every chart has its table', async () => {
  const page = await drawReport(report(), { title: 'wdbc-1' });
  assert.match(page, /<h1>wdbc-1<\/h1>/);
  assert.match(
    page,
    /class="verdict">Of 169 rows of the validation channel, which it was not fitted to, the model called \d+ wrong; always saying benign gets \d+ wrong\./,
  );
  const figures = page.match(/<figure>/g)!.length;
  assert.ok(figures > 15, `${figures} figures`);
  assert.equal(
    page.match(/<figure>[\s\S]*?<\/figure>/g)!.filter((each) => /<svg[\s\S]*<table>/.test(each)).length,
    figures,
  );
  assert.match(page, /not a medical device/);
  assert.equal(page.match(/Positive means malignant\. /g)?.length, 2, 'beside the metrics and the thresholds');
});

test('Names are written as text, whatever is in them', async () => {
  const named = report();
  const evil = '<img src=x onerror=alert(1)>"\'&';
  const page = await drawReport({
    ...named,
    label: evil,
    classes: [evil, '</script><script>alert(2)</script>'],
    columns: named.columns.map((column) => ({ ...column, name: evil })),
    subgroups: named.subgroups.map((groups) => ({ ...groups, name: evil })),
    drivers: named.drivers.map((driver) => ({ ...driver, name: evil })),
  });
  assert.doesNotMatch(page, /<img|alert\(2\)<\/script>/);
});
