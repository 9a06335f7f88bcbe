// Makes docs/pictures/report.png: the page of a real training on the breast-cancer data, in Chromium. Run it after the page has changed.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { drawReport } from '../dist/src/reports/index.js';
import { findChromium } from '../dist/test/browser/chromium.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const measures = [
  'radius',
  'texture',
  'perimeter',
  'area',
  'smoothness',
  'compactness',
  'concavity',
  'concave points',
  'symmetry',
  'fractal dimension',
];
const columns = ['mean', 'error', 'worst'].flatMap((kind) => measures.map((name) => `${name} ${kind}`));
const rows = readFileSync(join(root, 'samples/datasets/tabular/breast_cancer/wdbc.csv'), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => line.split(','))
  .map(([, diagnosis, ...features]) => [diagnosis === 'M' ? 1 : 0, ...features].join(','));
const work = mkdtempSync(join(tmpdir(), 'linnet-picture-'));
try {
  const write = (path, text) => {
    mkdirSync(join(work, path, '..'), { recursive: true });
    writeFileSync(join(work, path), text);
  };
  const isHeldOut = (at) => at % 4 === 0;
  write('input/config/hyperparameters.json', JSON.stringify({ predictor_type: 'binary_classifier' }));
  write('input/config/columns.json', JSON.stringify({ columns, label: 'diagnosis', classes: ['benign', 'malignant'] }));
  write('input/data/train/rows.csv', rows.filter((_, at) => !isHeldOut(at)).join('\n'));
  write('input/data/test/rows.csv', rows.filter((_, at) => isHeldOut(at)).join('\n'));
  write(
    'input/config/inputdataconfig.json',
    JSON.stringify(
      Object.fromEntries(
        ['train', 'test'].map((name) => [name, { TrainingInputMode: 'File', ContentType: 'text/csv' }]),
      ),
    ),
  );
  const program = join(root, 'dist/src/algorithms/linear-learner/main.js');
  const { status, stdout } = spawnSync(process.execPath, [program, 'train', '--root', work], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stdout);
  const page = join(work, 'report.html');
  writeFileSync(
    page,
    await drawReport(JSON.parse(readFileSync(join(work, 'output/data/report.json'), 'utf8')), {
      title: 'breast-cancer-1',
    }),
  );
  const browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox', '--disable-gpu'] });
  const tab = await browser.newPage({ viewport: { width: 1024, height: 1330 } });
  await tab.goto(`file://${page}`);
  await tab.screenshot({ path: join(root, 'docs/pictures/report.png') });
  await browser.close();
} finally {
  rmSync(work, { recursive: true, force: true });
}
