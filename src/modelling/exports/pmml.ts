/** A model as PMML 4.4: raw columns in, with the transformations that make features of them. */
import { missingMarkers } from '../../tables/index.ts';
import { formulasOf, type ReadCell, refuseWords } from './formulas.ts';
import { apply, cellFields, derived, element, escaped, formulaField } from './pmml-fields.ts';
import type { LinearSums, PortableModel, TreeNode, TreeSums } from './portable-model.ts';

/** Throws DataError for words, which PMML cannot hash. */
export function modelToPmml(model: PortableModel): string {
  const { featureNames, sums, text, label, task, classes } = model;
  const { cells, features } = formulasOf(model);
  refuseWords(cells, 'PMML');
  const products = sums.kind === 'linear' ? sums.products : undefined;
  const z = (products?.centre ?? []).map((centre, at) =>
    derived(
      `z${at}`,
      apply(
        '*',
        apply('-', element('FieldRef', { field: featureField(at) }), constant(centre)),
        constant(products!.factor[at]!),
      ),
    ),
  );
  const transformations = [
    ...cells.flatMap(cellFields),
    ...features.map((formula, at) => formulaField(featureField(at), formula!, featureNames[at]!)),
    ...z,
  ];
  const target =
    task === 'regression'
      ? element('DataField', { name: label, optype: 'continuous', dataType: 'double' })
      : element(
          'DataField',
          { name: label, optype: 'categorical', dataType: 'string' },
          ...classes.map((value) => element('Value', { value })),
        );
  return `<?xml version="1.0" encoding="UTF-8"?>
${element(
  'PMML',
  { xmlns: 'http://www.dmg.org/PMML-4_4', version: '4.4' },
  element('Header', { description: text }, element('Application', { name: 'Linnet' })),
  element('DataDictionary', {}, target, ...cells.map(dataField)),
  element('TransformationDictionary', {}, ...transformations),
  modelElement(model, cells),
)}`;
}

const featureField = (at: number): string => `feature ${at}`;
const constant = (value: number): string => element('Constant', { dataType: 'double' }, String(value));

const dataField = ({ column, kind }: ReadCell): string =>
  kind === 'number'
    ? element(
        'DataField',
        { name: column, optype: 'continuous', dataType: 'double' },
        ...missingMarkers
          .filter((value) => value !== '')
          .map((value) => element('Value', { value, property: 'missing' })),
      )
    : element('DataField', { name: column, optype: 'categorical', dataType: 'string' });

/** What a model reads: the columns, what is no number as missing; and what it is to say. */
const schema = ({ label }: PortableModel, cells: readonly ReadCell[], isWhole: boolean): string =>
  element(
    'MiningSchema',
    {},
    ...(isWhole ? [element('MiningField', { name: label, usageType: 'target' })] : []),
    ...cells.map(({ column, kind }) =>
      element('MiningField', { name: column, invalidValueTreatment: kind === 'number' ? 'asMissing' : 'asIs' }),
    ),
  );

/** Sums, then what turns them into answers: two models in a chain. */
function modelElement(model: PortableModel, cells: readonly ReadCell[]): string {
  const { sums, task } = model;
  const isClassifier = task !== 'regression';
  const ofSums = sums.bias.map((bias, at) => {
    const output = element(
      'Output',
      {},
      element('OutputField', {
        name: `sum ${at}`,
        optype: 'continuous',
        dataType: 'double',
        feature: 'predictedValue',
        isFinalResult: 'false',
      }),
    );
    return segment(
      at + 1,
      sums.kind === 'linear'
        ? linearModel(model, cells, sums, at, output)
        : treesModel(model, cells, sums, at, bias, output),
    );
  });
  return element(
    'MiningModel',
    { functionName: isClassifier ? 'classification' : 'regression' },
    schema(model, cells, true),
    element(
      'Segmentation',
      { multipleModelMethod: 'modelChain', missingPredictionTreatment: 'returnMissing' },
      ...ofSums,
      segment(sums.bias.length + 1, answerModel(model)),
    ),
  );
}

const segment = (id: number, model: string): string =>
  element('Segment', { id: String(id) }, element('True', {}), model);

function linearModel(
  model: PortableModel,
  cells: readonly ReadCell[],
  { bias, weights, products }: LinearSums,
  at: number,
  output: string,
): string {
  const predictors = weights.flatMap((row, feature) =>
    row[at] === 0 ? [] : [element('NumericPredictor', { name: featureField(feature), coefficient: String(row[at]) })],
  );
  const terms = (products?.terms ?? []).flatMap(({ of, weights: row }) =>
    row[at] === 0
      ? []
      : [
          element(
            'PredictorTerm',
            { coefficient: String(row[at]) },
            ...of.map((feature) => element('FieldRef', { field: `z${feature}` })),
          ),
        ],
  );
  return element(
    'RegressionModel',
    { functionName: 'regression' },
    schema(model, cells, false),
    output,
    element('RegressionTable', { intercept: String(bias[at]) }, ...predictors, ...terms),
  );
}

function treesModel(
  model: PortableModel,
  cells: readonly ReadCell[],
  { trees }: TreeSums,
  at: number,
  bias: number,
  output: string,
): string {
  const own = trees.filter(({ sum }) => sum === at);
  const fields = schema(model, cells, false);
  return element(
    'MiningModel',
    { functionName: 'regression' },
    fields,
    output,
    element('Targets', {}, element('Target', { rescaleConstant: String(bias) })),
    element(
      'Segmentation',
      { multipleModelMethod: 'sum', missingPredictionTreatment: 'returnMissing' },
      ...own.map(({ root }, tree) => {
        const ids = { next: 1 };
        return segment(
          tree + 1,
          element(
            'TreeModel',
            {
              functionName: 'regression',
              missingValueStrategy: 'defaultChild',
              noTrueChildStrategy: 'returnNullPrediction',
              splitCharacteristic: 'binarySplit',
            },
            fields,
            nodeElement(root, element('True', {}), ids),
          ),
        );
      }),
    ),
  );
}

function nodeElement(node: TreeNode, predicate: string, ids: { next: number }): string {
  const id = String(ids.next++);
  if ('value' in node) return element('Node', { id, score: String(node.value) }, predicate);
  const test = (operator: string): string =>
    element('SimplePredicate', { field: featureField(node.feature), operator, value: String(node.below) });
  const leftId = String(ids.next);
  const left = nodeElement(node.left, test('lessThan'), ids);
  const rightId = String(ids.next);
  const right = nodeElement(node.right, test('greaterOrEqual'), ids);
  return element('Node', { id, defaultChild: node.missingGoesLeft ? leftId : rightId }, predicate, left, right);
}

function answerModel(model: PortableModel): string {
  const { sums, task, link, classes, label, limit, range, hasProbabilities } = model;
  const names = sums.bias.map((_, at) => `sum ${at}`);
  const fields = element(
    'MiningSchema',
    {},
    element('MiningField', { name: label, usageType: 'target' }),
    ...names.map((name) => element('MiningField', { name })),
  );
  const table = (given: Record<string, string>, ...of: string[]): string =>
    element(
      'RegressionTable',
      { intercept: '0', ...given },
      ...of.map((name) => element('NumericPredictor', { name, coefficient: '1' })),
    );
  if (task === 'regression') {
    const cut =
      range &&
      element('Targets', {}, element('Target', { field: label, min: String(range.low), max: String(range.high) }));
    return element(
      'RegressionModel',
      { functionName: 'regression', normalizationMethod: link === 'exp' ? 'exp' : 'none' },
      fields,
      cut ?? '',
      table({}, names[0]!),
    );
  }
  // The class by the model's own limit: PMML itself takes the most probable one.
  const probabilities = classes.map((value) =>
    element('OutputField', {
      name: `probability of ${value}`,
      optype: 'continuous',
      dataType: 'double',
      feature: 'probability',
      value,
    }),
  );
  const score = names[0]!;
  const limitOfSum = hasProbabilities ? Math.log(limit.score / (1 - limit.score)) : limit.score;
  const decided = apply(
    'if',
    apply(
      limit.isAtLeast ? 'greaterOrEqual' : 'greaterThan',
      element('FieldRef', { field: score }),
      constant(limitOfSum),
    ),
    ...[classes[1]!, classes[0]!].map((value) => element('Constant', { dataType: 'string' }, escaped(value))),
  );
  const predicted = element(
    'OutputField',
    {
      name: `predicted ${label}`,
      optype: 'categorical',
      dataType: 'string',
      feature: task === 'binary' ? 'transformedValue' : 'predictedValue',
    },
    ...(task === 'binary' ? [decided] : []),
  );
  const output = element('Output', {}, ...(hasProbabilities ? probabilities : []), predicted);
  const tables =
    task === 'binary'
      ? [table({ targetCategory: classes[1]! }, score), table({ targetCategory: classes[0]! })]
      : classes.map((targetCategory, at) => table({ targetCategory }, names[at]!));
  return element(
    'RegressionModel',
    { functionName: 'classification', normalizationMethod: task === 'binary' ? 'logit' : 'softmax' },
    fields,
    output,
    ...tables,
  );
}
