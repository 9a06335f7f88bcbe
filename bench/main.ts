import { classifierAccuracy, notebookAccuracy } from './accuracy.ts';

// npm run bench [-- part]: every figure is measured in this run.
const parts: Record<string, () => Promise<void>> = {
  accuracy: async () => {
    await notebookAccuracy('linnet');
    await notebookAccuracy('amazon');
    await classifierAccuracy();
  },
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => parts[name] === undefined);
if (unknown.length > 0) {
  console.error(`No bench is called ${unknown.join(', ')}; there are: ${Object.keys(parts).join(', ')}`);
  process.exit(2);
}
for (const [name, run] of Object.entries(parts)) if (wanted.length === 0 || wanted.includes(name)) await run();
