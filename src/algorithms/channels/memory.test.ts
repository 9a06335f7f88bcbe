import assert from 'node:assert/strict';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { encodeRows } from '../../formats/index.ts';
import { ended, makeRoot, start } from '../linear-learner/root.testing.ts';

const featureCount = 1000;
const rowsOfFile = 5000;
const oneModel = { num_models: '1', epochs: '1', binary_classifier_model_selection_criteria: 'loss_function' };

/** A job over as many times the same 20 MB, and the highest resident memory of its program. */
async function peakMiB(t: Parameters<typeof makeRoot>[0], files: number): Promise<number> {
  const features = Float32Array.from({ length: rowsOfFile * featureCount }, (_, at) => Math.sin(at));
  const labels = Float32Array.from({ length: rowsOfFile }, (_, row) => (features[row * featureCount]! > 0 ? 1 : 0));
  const bytes = encodeRows({ rowCount: rowsOfFile, featureCount, features, labels });
  const root = makeRoot(t, {
    hyperparameters: { predictor_type: 'binary_classifier', ...oneModel },
    channels: { train: { contentType: 'application/x-recordio-protobuf', files: { '000': bytes } } },
  });
  const train = join(root, 'input/data/train');
  for (let file = 1; file < files; file += 1) {
    symlinkSync(join(train, '000'), join(train, String(file).padStart(3, '0')));
  }
  const child = start(t, 'train', root);
  let peak = 0;
  const look = setInterval(() => {
    const found = /VmHWM:\s+(\d+) kB/.exec(readStatus(child.pid));
    if (found !== null) peak = Number(found[1]) / 1024;
  }, 20);
  const { code, output } = await ended(child, root);
  clearInterval(look);
  assert.equal(code, 0, output);
  assert.match(output, /the training rows take more than 512 MiB/);
  return peak;
}

function readStatus(pid: number | undefined): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}

test('Rows that do not fit in memory train in less than half of their size', async (t) => {
  if (!existsSync('/proc/self/status')) return t.skip('this system does not tell the memory of a process');
  const peak = await peakMiB(t, 45);
  assert.ok(peak > 0 && peak < 400, `900 MB took ${peak.toFixed(0)} MiB`);
});
