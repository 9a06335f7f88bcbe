/** A model as JSON that any language can score: docs/export.md says how. */
import { formulasOf } from './formulas.ts';
import type { PortableModel } from './portable-model.ts';

export function modelToJson(model: PortableModel): string {
  const { text, label, task, classes, featureNames, sums, link, hasProbabilities, limit, range } = model;
  const { cells, features } = formulasOf(model);
  const exported = {
    format: 'linnet-model',
    version: 1,
    text,
    label,
    task,
    classes,
    cells,
    features: featureNames.map((name, at) => ({ name, formula: features[at] ?? null })),
    sums,
    link,
    hasProbabilities,
    limit,
    range: range ?? null,
  };
  return `${JSON.stringify(exported)}\n`;
}
