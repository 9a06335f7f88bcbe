/** A model as a SELECT over a table of raw rows: each row with its scores and its prediction. */
import { DataError } from '../../base/index.ts';
import { missingMarkers } from '../../tables/index.ts';
import { dateMembers, type Formula, formulasOf, noValue, otherValue, type ReadCell, refuseWords } from './formulas.ts';
import type { PortableModel, TreeNode } from './portable-model.ts';

/** PostgreSQL has no more columns in a SELECT. */
const columnsMax = 1600;

/** Throws DataError for words, which SQL cannot hash, and for more features than a SELECT may have columns. */
export function modelToSql(model: PortableModel): string {
  const { featureNames, label, sums } = model;
  const { cells, features } = formulasOf(model);
  refuseWords(cells, 'SQL');
  if (features.length > columnsMax)
    throw new DataError(`The model has ${features.length} features; a SELECT has at most ${columnsMax} columns`);
  const layers = [
    cells.flatMap(cellColumns),
    features.map((formula, at): Column => [`f${at}`, sqlOf(formula!), featureNames[at]]),
    ...(sums.kind === 'linear' && sums.products !== undefined ? [centredLayer(sums.products)] : []),
  ];
  const sumColumns = sumsOf(sums).map(
    (sum, at) => `(SELECT ${sum}\n${nested(layers, sums.kind === 'trees')}) AS linnet_sum_${at}`,
  );
  const [scores, answer] = answersOf(model);
  return `-- ${model.text}, as SQL: each row of the table with what the model predicts for it.
-- Runs in SQLite (with its math functions), PostgreSQL and DuckDB. Put the name of your table in place of "rows".
-- NULL and texts such as '?' or 'NA' are missing. Numbers have to be numbers; dates are dates, or texts such as 2026-11-30.
WITH summed AS MATERIALIZED (SELECT given.*,
${sumColumns.join(',\n')}
FROM "rows" AS given)
SELECT answered.*,
  ${answer} AS ${identifier(`predicted ${label}`)}
FROM (SELECT summed.*,
  ${scores.map(([name, formula]) => `${formula} AS ${identifier(name)}`).join(',\n  ')}
FROM summed) AS answered;
`;
}

/** A name, what it stands for, and a comment. */
type Column = readonly [name: string, formula: string, comment?: string | undefined];

/**
 * SELECTs inside each other, the last layer the outermost. Each passes on all that the layers above need. DISTINCT of one row is
 * that row; it keeps SQLite from working features out again at every node of every tree.
 */
function nested(layers: readonly (readonly Column[])[], isFenced: boolean): string {
  let inner = '';
  for (const [depth, columns] of layers.entries()) {
    const selected = columns.map(([name, formula, comment], at) => {
      const comma = at < columns.length - 1 ? ',' : '';
      const note = comment === undefined ? '' : ` -- ${comment.replaceAll(/\s+/g, ' ')}`;
      return `  ${formula} AS ${name}${comma}${note}`;
    });
    inner = ` FROM (${isFenced ? 'SELECT DISTINCT' : 'SELECT'}\n${selected.join('\n')}\n${inner}) AS layer_${depth}`;
  }
  return inner;
}

const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

function number(value: number): string {
  const digits = String(value);
  const said = /[.e]/.test(digits) ? digits : `${digits}.0`;
  return value < 0 ? `(${said})` : said;
}

const markers = missingMarkers.map(text).join(', ');

function cellColumns(cell: ReadCell): Column[] {
  const raw = `given.${identifier(cell.column)}`;
  const asText = `TRIM(CAST(${raw} AS TEXT))`;
  const isMarker = `LOWER(${asText}) IN (${markers})`;
  switch (cell.kind) {
    case 'number': {
      const plain = cell.sign === 'comma' ? `REPLACE(${asText}, ',', '.')` : raw;
      return [[cell.name, `CASE WHEN ${isMarker} THEN NULL ELSE CAST(${plain} AS DOUBLE PRECISION) END`]];
    }
    case 'place': {
      // Columns of numbers print 1 as 1.0 in SQLite.
      const printed = (value: string): string[] => [value, ...(/^-?\d+$/.test(value) ? [`${value}.0`] : [])];
      const known = [
        ...cell.levels.map((level, at) => [asText, level, at] as const),
        ...cell.spellings.map(([spelling, at]) => [`LOWER(${asText})`, spelling, at] as const),
      ].flatMap(([own, value, at]) => printed(value).map((each) => `WHEN ${own} = ${text(each)} THEN ${at}`));
      return [
        [
          cell.name,
          `CASE ${known.join(' ')} WHEN ${raw} IS NULL OR ${isMarker} THEN ${noValue} ELSE ${otherValue} END`,
        ],
      ];
    }
    case 'date':
      return dateColumns(cell.name, asText, cell.style);
    default:
      return [];
  }
}

function dateColumns(name: string, asText: string, style: string): Column[] {
  const like = (pattern: string): string =>
    `(${['-', '/', '.'].map((sign) => `${asText} LIKE '${pattern.replaceAll('-', sign)}%'`).join(' OR ')})`;
  const digits = (from: number, count: number): string => `CAST(SUBSTR(${asText}, ${from}, ${count}) AS INTEGER)`;
  const [year, month, day] = [
    [1, 4],
    [6, 2],
    [9, 2],
  ] as const;
  // Dates of a database print with the year first, whatever the style of the training rows.
  const last = style === 'month first' ? { month: 1, day: 4 } : { month: 4, day: 1 };
  const part = ([from, count]: readonly [number, number], otherwise: number): string =>
    `CASE WHEN ${like('____-__-__')} THEN ${digits(from, count)}${style === 'year first' ? '' : ` WHEN ${like('__-__-____')} THEN ${digits(otherwise, count)}`} END`;
  const from = (at: number): string => `CASE WHEN LENGTH(${asText}) >= ${at + 1} THEN ${digits(at, 2)} ELSE 0 END`;
  const parts: Record<(typeof dateMembers)[number], string> = {
    year: part(year, 7),
    month: part(month, last.month),
    day: part(day, last.day),
    hour: from(12),
    time: `(${from(12)} + ${from(15)} / 60.0 + ${from(18)} / 3600.0) / 24.0`,
  };
  return dateMembers.map((member) => [`${name}_${member}`, parts[member]]);
}

function sqlOf(formula: Formula): string {
  if (typeof formula === 'number') return number(formula);
  if (typeof formula === 'string') return formula;
  const [operator, ...operands] = formula;
  const [a = '', b = '', c = ''] = operands.map(sqlOf);
  switch (operator) {
    case 'if':
      return `CASE WHEN ${a} THEN ${b} ELSE ${c} END`;
    case 'isMissing':
      return `${a} IS NULL`;
    case 'missing':
      return 'NULL';
    case 'floor':
    case 'ln':
      return `${operator.toUpperCase()}(${a})`;
    default:
      return `(${a} ${operator} ${b})`;
  }
}

/** z of each feature, and the features themselves. */
function centredLayer({ centre, factor }: { centre: readonly number[]; factor: readonly number[] }): Column[] {
  return centre.flatMap((middle, at): Column[] => [
    [`f${at}`, `f${at}`],
    [`z${at}`, `(f${at} - ${number(middle)}) * ${number(factor[at]!)}`],
  ]);
}

function sumsOf(sums: PortableModel['sums']): string[] {
  return sums.bias.map((bias, output) => {
    const terms =
      sums.kind === 'trees'
        ? sums.trees.filter(({ sum }) => sum === output).map(({ root }) => treeOf(root))
        : [
            ...sums.weights.map((weights, at): [number, string] => [weights[output]!, `f${at}`]),
            ...(sums.products?.terms ?? []).map(({ of, weights }): [number, string] => [
              weights[output]!,
              of.map((at) => `z${at}`).join(' * '),
            ]),
          ]
            .filter(([weight]) => weight !== 0)
            .map(([weight, product]) => `${number(weight)} * ${product}`);
    return added([number(bias), ...terms]);
  });
}

const addedAtOnce = 50;

/** A sum in groups of groups: SQLite takes expressions of depth 1,000. */
function added(terms: readonly string[]): string {
  if (terms.length <= addedAtOnce) return terms.join('\n  + ');
  const groups = Array.from({ length: Math.ceil(terms.length / addedAtOnce) }, (_, at) =>
    terms.slice(at * addedAtOnce, (at + 1) * addedAtOnce),
  );
  return added(groups.map((group) => `(${added(group)})`));
}

/** CASEs inside each other to this depth: parsers have small stacks. */
const nestedMax = 8;

function treeOf(node: TreeNode, depth = 0): string {
  if ('value' in node) return number(node.value);
  if (depth === nestedMax) return flatTree(node);
  const [left, right] = [treeOf(node.left, depth + 1), treeOf(node.right, depth + 1)];
  return `CASE WHEN ${conditionOf(node)} THEN ${left} ELSE ${right} END`;
}

type Split = Exclude<TreeNode, { value: number }>;

function conditionOf({ feature, below, missingGoesLeft }: Split): string {
  const isBelow = `f${feature} < ${number(below)}`;
  return missingGoesLeft ? `(${isBelow} OR f${feature} IS NULL)` : isBelow;
}

/**
 * A tree as one CASE: its leaves from left to right, each under the conditions where its path turns left. Where it turns right the
 * leaves before it have taken all other rows.
 */
function flatTree(root: Split): string {
  const leaves: string[] = [];
  const visit = (node: TreeNode, conditions: readonly string[]): void => {
    if (!('value' in node)) {
      visit(node.left, [...conditions, conditionOf(node)]);
      visit(node.right, conditions);
    } else if (conditions.length === 0) leaves.push(`ELSE ${number(node.value)}`);
    else leaves.push(`WHEN ${conditions.join(' AND ')} THEN ${number(node.value)}`);
  };
  visit(root, []);
  return `CASE ${leaves.join(' ')} END`;
}

/** EXP of more overflows a double. */
const exponentMax = 700;

/** The columns of scores, and the formula of the prediction over them. */
function answersOf({
  task,
  label,
  classes,
  link,
  hasProbabilities,
  limit,
  range,
  sums,
}: PortableModel): [Column[], string] {
  const sum = (at: number): string => `linnet_sum_${at}`;
  const column = (name: string): string => `answered.${identifier(name)}`;
  const bounded = (value: string): string =>
    `CASE WHEN ${value} > ${exponentMax} THEN ${exponentMax} WHEN ${value} < -${exponentMax} THEN -${exponentMax} ELSE ${value} END`;
  const linked = (at: number): string => {
    if (link === 'logistic') return `1.0 / (1.0 + EXP(${bounded(`-${sum(at)}`)}))`;
    if (link === 'exp') return `EXP(${bounded(sum(at))})`;
    if (link === 'identity') return sum(at);
    const others = sums.bias.map((_, other) => `EXP(${bounded(`(${sum(other)} - ${sum(at)})`)})`);
    return `1.0 / (${others.join(' + ')})`;
  };
  if (task === 'regression') {
    const score = `score of ${label}`;
    const value = column(score);
    const cut =
      range === undefined
        ? value
        : `CASE WHEN ${value} < ${number(range.low)} THEN ${number(range.low)} WHEN ${value} > ${number(range.high)} THEN ${number(range.high)} ELSE ${value} END`;
    return [[[score, linked(0)]], cut];
  }
  const names = classes.map((name) => `${hasProbabilities ? 'probability' : 'score'} of ${name}`);
  if (task === 'binary') {
    const [name] = names.slice(1);
    const isOne = `${column(name!)} ${limit.isAtLeast ? '>=' : '>'} ${number(limit.score)}`;
    return [
      [[name!, linked(0)]],
      `CASE WHEN ${isOne} THEN ${text(classes[1]!)} WHEN NOT (${isOne}) THEN ${text(classes[0]!)} END`,
    ];
  }
  // The first of the greatest; sums tie less than what is made of them.
  const wins = classes.map((name, at) => {
    const others = classes.map((_, other) => other).filter((other) => other > at);
    const isGreatest = others.map((other) => `answered.${sum(at)} >= answered.${sum(other)}`);
    return others.length === 0 ? `ELSE ${text(name)}` : `WHEN ${isGreatest.join(' AND ')} THEN ${text(name)}`;
  });
  return [names.map((name, at): Column => [name, linked(at)]), `CASE ${wins.join('\n    ')} END`];
}
