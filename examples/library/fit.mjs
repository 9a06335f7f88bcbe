// Trains, judges, explains and saves a model in Node, without a server.
//   node examples/library/fit.mjs [model.tar.gz]
import { readFile, writeFile } from 'node:fs/promises';
import { LinearLearner } from 'linnet';

// Breast Cancer Wisconsin: an id, the diagnosis (M or B), and thirty measurements.
const text = await readFile(new URL('../../samples/datasets/tabular/breast_cancer/wdbc.csv', import.meta.url), 'utf8');
const table = text.trimEnd().split('\n').map((line) => line.split(','));
const rows = table.map((cells) => cells.slice(2).map(Number));
const labels = table.map((cells) => (cells[1] === 'M' ? 1 : 0));

// Every fifth row is kept from training.
const isHeld = (_, row) => row % 5 === 0;
const isTrained = (_, row) => row % 5 !== 0;
const [heldRows, heldLabels] = [rows.filter(isHeld), labels.filter(isHeld)];

const model = await LinearLearner.fit(rows.filter(isTrained), labels.filter(isTrained), {
  predictor_type: 'binary_classifier',
  onProgress: ({ epoch, epochs, trainLoss }) => console.log(`epoch ${epoch} of ${epochs}: loss ${trainLoss.toFixed(4)}`),
});

const predicted = await model.predict(heldRows);
const right = predicted.filter((label, row) => label === heldLabels[row]).length;
console.log(`${right} of ${heldRows.length} rows that it never saw are right`);

const [[, probability]] = await model.predictProba([heldRows[0]]);
const { contributions, columnNames } = await model.explain([heldRows[0]]);
const strongest = [...contributions[0].entries()].sort(([, a], [, b]) => Math.abs(b) - Math.abs(a)).slice(0, 3);
console.log(`The first of them is malignant with probability ${probability.toFixed(3)}, most of all for`);
for (const [column, part] of strongest) console.log(`  feature ${columnNames[column]}: ${part.toFixed(2)}`);

// The archive is that of a training job: an endpoint of SageMaker's serves it.
const archive = await model.save();
const same = await LinearLearner.load(archive);
console.log(`${archive.length} bytes of model.tar.gz open as a ${same.predictorType} of ${same.featureCount} features`);
if (process.argv[2] !== undefined) await writeFile(process.argv[2], archive);
