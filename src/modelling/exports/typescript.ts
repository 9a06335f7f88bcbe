/** A model as a module of TypeScript that imports nothing: a type for rows, a type for answers, and `predict`. */
import { missingMarkers } from '../../tables/index.ts';
import { type Formula, formulasOf, noValue, otherValue, type ReadCell } from './formulas.ts';
import type { PortableModel, TreeNode, TreeSums } from './portable-model.ts';
import { cellReaders } from './typescript-cells.ts';

export function modelToTypeScript(model: PortableModel): string {
  const { preparation, featureNames, label, task, text, classes, hasProbabilities } = model;
  const { cells, features } = formulasOf(model);
  const readers = cellReaders.filter(({ kind }) => cells.some((cell) => cell.kind === kind)).map(({ code }) => code);
  const rowType =
    preparation === undefined
      ? `/** The features in their order; NaN where one is missing. */\nexport type Row = readonly number[];`
      : `/** A row by the names of its columns. Null, NaN and texts such as "?" or "NA" are missing. */
export interface Row {
${cells.map(({ column }) => `  readonly ${JSON.stringify(column)}: Cell;`).join('\n')}
}`;
  return `// ${text}, as TypeScript. It imports nothing.

export type Cell = string | number | null;

${rowType}

export interface Prediction {
  /** Of the column ${JSON.stringify(label).replaceAll('*/', '* /')}. */
  readonly prediction: ${task === 'regression' ? 'number' : 'string'};
${task === 'regression' ? '' : `  /** By class: ${hasProbabilities ? 'its probability' : 'its score'}. */\n  readonly ${hasProbabilities ? 'probabilities' : 'scores'}: Readonly<Record<string, number>>;\n`}}

${task === 'regression' ? '' : `export const classes: readonly string[] = ${JSON.stringify(classes)};\n\n`}export function predict(row: Row): Prediction {
  const sums = sumsOf(featuresOf(row));
${answerCode(model)}
}

/** What the model is made of: ${featureNames.length} numbers. */
export function featuresOf(row: Row): number[] {
${cells.map((cell, at) => `  ${readCode(cell, preparation === undefined ? `row[${at}] ?? null` : `row[${JSON.stringify(cell.column)}]`)}`).join('\n')}
  return [
${featureCode(features, featureNames, cells)}
  ];
}

${sumsCode(model)}
${readers.length === 0 ? '' : `\nconst missing = new Set(${JSON.stringify(missingMarkers)});\n${missingCode}\n${readers.join('\n')}`}`;
}

const missingCode = `
function isMissing(cell: Cell): boolean {
  if (typeof cell === 'string') return missing.has(cell.trim().toLowerCase());
  return cell === null || cell === undefined || Number.isNaN(cell);
}
`;

function readCode(cell: ReadCell, from: string): string {
  const { name } = cell;
  switch (cell.kind) {
    case 'number':
      return `const ${name} = numberIn(${from}, ${JSON.stringify(cell.sign)});`;
    case 'place':
      return `const ${name} = placeIn(${from}, ${JSON.stringify(cell.levels)}, ${JSON.stringify(cell.spellings)}, ${noValue}, ${otherValue});`;
    case 'date':
      return `const [${name}_year, ${name}_month, ${name}_day, ${name}_hour, ${name}_time] = dateIn(${from}, ${JSON.stringify(cell.style)});`;
    default:
      return `const ${name} = wordsIn(${from}, ${cell.buckets});`;
  }
}

function featureCode(
  features: readonly (Formula | undefined)[],
  names: readonly string[],
  cells: readonly ReadCell[],
): string {
  const words = cells.filter((cell) => cell.kind === 'words');
  const lines: string[] = [];
  for (let at = 0; at < features.length; at++) {
    const formula = features[at];
    if (formula !== undefined) lines.push(`    ${codeOf(formula)}, // ${names[at]!.replaceAll(/\s+/g, ' ')}`);
    else {
      const { name, buckets } = words.shift()!;
      lines.push(`    ...${name},`);
      at += buckets - 1;
    }
  }
  return lines.join('\n');
}

function codeOf(formula: Formula): string {
  if (typeof formula === 'number') return String(formula);
  if (typeof formula === 'string') return formula;
  const [operator, ...operands] = formula;
  const [a = '', b = '', c = ''] = operands.map(codeOf);
  switch (operator) {
    case 'if':
      return `(${a} ? ${b} : ${c})`;
    case 'isMissing':
      return `Number.isNaN(${a})`;
    case 'missing':
      return 'NaN';
    case 'floor':
      return `Math.floor(${a})`;
    case 'ln':
      return `Math.log(${a})`;
    case '=':
      return `${a} === ${b}`;
    default:
      return `(${a} ${operator} ${b})`;
  }
}

function sumsCode({ sums }: PortableModel): string {
  const bias = JSON.stringify(sums.bias);
  if (sums.kind === 'trees') return treesCode(sums, bias);
  const { products } = sums;
  return `const bias: readonly number[] = ${bias};
/** By feature, a weight for each sum. */
const weights: readonly (readonly number[])[] = [
${sums.weights.map((row) => `  ${JSON.stringify(row)},`).join('\n')}
];
${
  products === undefined
    ? ''
    : `/** Products of features, centred and scaled: which ones, and a weight for each sum. */
const products: readonly (readonly [of: readonly number[], weights: readonly number[]])[] = [
${products.terms.map(({ of, weights }) => `  ${JSON.stringify([of, weights])},`).join('\n')}
];
const centre: readonly number[] = ${JSON.stringify(products.centre)};
const factor: readonly number[] = ${JSON.stringify(products.factor)};
`
}
function sumsOf(features: readonly number[]): number[] {
  const sums = [...bias];
  const add = (term: number, by: readonly number[]): void => by.forEach((weight, at) => { sums[at]! += weight * term; });
  features.forEach((feature, at) => add(feature, weights[at]!));
${
  products === undefined
    ? ''
    : `  const z = features.map((feature, at) => (feature - centre[at]!) * factor[at]!);
  for (const [of, by] of products) add(of.reduce((product, at) => product * z[at]!, 1), by);
`
}  return sums;
}`;
}

/** Nodes one behind the other, the left child of each right behind it: `[feature, limit, right child, missing goes left]`, or a leaf's `[value]`. */
function treesCode({ trees }: TreeSums, bias: string): string {
  const lines = trees.map(({ sum, root }) => `  [${sum}, ${JSON.stringify(nodesOf(root))}],`);
  return `const bias: readonly number[] = ${bias};
/** A node is [feature, limit, place of the right child, whether missing goes left], its left child behind it; a leaf is [value]. */
type Node = readonly [number, number, number, number] | readonly [number];
/** The sum that each tree adds to, and its nodes. */
const trees: readonly (readonly [number, readonly Node[]])[] = [
${lines.join('\n')}
];

function sumsOf(features: readonly number[]): number[] {
  const sums = bias.map(Math.fround);
  for (const [sum, nodes] of trees) {
    let at = 0;
    let node = nodes[0]!;
    while (node.length === 4) {
      const [feature, limit, right, missingGoesLeft] = node;
      const value = features[feature]!;
      const goesLeft = Number.isNaN(value) ? missingGoesLeft === 1 : value < limit;
      at = goesLeft ? at + 1 : right;
      node = nodes[at]!;
    }
    sums[sum] = Math.fround(sums[sum]! + node[0]);
  }
  return sums;
}`;
}

function nodesOf(root: TreeNode): number[][] {
  const nodes: number[][] = [];
  const visit = (node: TreeNode): void => {
    if ('value' in node) {
      nodes.push([node.value]);
      return;
    }
    const own = [node.feature, node.below, 0, Number(node.missingGoesLeft)];
    nodes.push(own);
    visit(node.left);
    own[2] = nodes.length;
    visit(node.right);
  };
  visit(root);
  return nodes;
}

function answerCode({ task, link, hasProbabilities, limit, range, classes }: PortableModel): string {
  const scores = {
    identity: '  const scores = sums;',
    logistic: '  const scores = sums.map((sum) => 1 / (1 + Math.exp(-sum)));',
    exp: '  const scores = sums.map(Math.exp);',
    softmax: `  const greatest = Math.max(...sums);
  const powers = sums.map((sum) => Math.exp(sum - greatest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  const scores = powers.map((power) => power / total);`,
  }[link];
  const named = hasProbabilities ? 'probabilities' : 'scores';
  if (task === 'regression') {
    const cut = range === undefined ? 'scores[0]!' : `Math.min(${range.high}, Math.max(${range.low}, scores[0]!))`;
    return `${scores}\n  return { prediction: ${cut} };`;
  }
  if (task === 'binary') {
    const isOne = `scores[0]! ${limit.isAtLeast ? '>=' : '>'} ${limit.score}`;
    const [low, high] = classes.map((name) => JSON.stringify(name));
    const each = hasProbabilities ? `[${low}]: 1 - scores[0]!, [${high}]: scores[0]!` : `[${high}]: scores[0]!`;
    return `${scores}\n  return { prediction: ${isOne} ? ${high} : ${low}, ${named}: { ${each} } };`;
  }
  return `${scores}
  const best = sums.indexOf(Math.max(...sums));
  return {
    prediction: classes[best]!,
    ${named}: Object.fromEntries(classes.map((name, at) => [name, scores[at]!])),
  };`;
}
