import { classifierAccuracy, notebookAccuracy } from './accuracy.ts';
import { boostedCases } from './cases/boosted.ts';
import { coverageCases } from './cases/coverage.ts';
import { decodingCases } from './cases/decoding.ts';
import { growthCases } from './cases/growth.ts';
import { hostCases } from './cases/hosts.ts';
import { interactionCases } from './cases/interactions.ts';
import { kernelCases } from './cases/kernels.ts';
import { listingCases } from './cases/listing.ts';
import { objectCases } from './cases/objects.ts';
import { peerCases } from './cases/peers.ts';
import { policyCases } from './cases/policies.ts';
import { searchCases } from './cases/search.ts';
import { servingCases } from './cases/serving.ts';
import { sizeCases } from './cases/size.ts';
import { softmaxCases } from './cases/softmax.ts';
import { trainingCases } from './cases/training.ts';
import { transformCases } from './cases/transform.ts';
import { tuningCases } from './cases/tuning.ts';
import { wholeJobCases } from './cases/whole-job.ts';
import { openDataStore } from './data/store.ts';
import { type BenchCase, type Row, reached } from './framework/case.ts';
import { shown, writeResult, writeTable } from './framework/results.ts';
import { type PythonPeers, startPython } from './peers/python.ts';

// npm run bench [-- id ...] [--quick]: every figure is measured in this run. Results go to a folder of
// bench/results for this processor, of a quick run to bench/results/tmp.

const cases: readonly BenchCase[] = [
  ...kernelCases,
  ...softmaxCases,
  ...trainingCases,
  ...decodingCases,
  ...wholeJobCases,
  ...transformCases,
  ...servingCases,
  ...boostedCases,
  ...hostCases,
  ...objectCases,
  ...listingCases,
  ...policyCases,
  ...interactionCases,
  ...peerCases,
  ...growthCases,
  ...coverageCases,
  ...searchCases,
  ...tuningCases,
  ...sizeCases,
];

/** Prints its own lines; has no targets. */
const accuracy = async (): Promise<void> => {
  await notebookAccuracy('linnet');
  await notebookAccuracy('amazon');
  await classifierAccuracy();
};

const started = performance.now();
const log = (text: string): void => {
  const seconds = (performance.now() - started) / 1000;
  console.log(`${seconds.toFixed(0).padStart(5)} s  ${text}`);
};

function rowText(row: Row): string {
  const { value, unit, target, figures, note } = row;
  const held = reached(row);
  const goal =
    target === undefined ? '' : 'atLeast' in target ? `, at least ${target.atLeast}` : `, at most ${target.atMost}`;
  const verdict = held === undefined ? '' : held ? ': reached' : ': NOT REACHED';
  const behind = Object.entries(figures).map(([name, figure]) => `${name} ${Number(figure.toPrecision(4))}`);
  return `  ${row.what}\n           ${shown(value, unit)}${goal}${verdict} (${[...behind, ...(note === undefined ? [] : [note])].join('; ')})`;
}

const wanted = process.argv.slice(2).filter((word) => word !== '--quick');
const quick = process.argv.includes('--quick');
const names = [...cases.map(({ id }) => id), 'accuracy'];
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`No bench is called ${unknown.join(', ')}; there are: ${names.join(', ')}`);
  process.exit(2);
}

const pythons = new Map<string, PythonPeers>();
const pythonOf = (environment: 'requirements' | 'torch', threads: number): PythonPeers => {
  const key = `${environment} ${threads}`;
  const python = pythons.get(key) ?? startPython(environment, threads, log);
  pythons.set(key, python);
  return python;
};
const bench = {
  quick,
  log,
  data: openDataStore(log),
  python: async (threads: 1 | 2) => pythonOf('requirements', threads),
  torch: async () => pythonOf('torch', 1),
};

for (const one of cases) {
  if (wanted.length === 0 ? one.apart === true : !wanted.includes(one.id)) continue;
  const from = performance.now();
  log(`${one.id}: ${one.title}`);
  try {
    const outcome = await one.run(bench);
    for (const row of outcome.rows) console.log(rowText(row));
    writeResult(one, outcome, { quick, seconds: (performance.now() - from) / 1000 });
    writeTable(cases, quick);
  } catch (error) {
    log(`${one.id} failed: ${(error as Error).stack}`);
    process.exitCode = 1;
  }
  // Each case measures with all of the machine's memory.
  for (const python of pythons.values()) python.close();
  pythons.clear();
}
if (wanted.includes('accuracy') || wanted.length === 0) await accuracy();
