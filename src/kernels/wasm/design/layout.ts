import { lossParameterCount } from './family.ts';

/**
 * How a design lies in memory. X lies row by row, each row `columns` float32: the features, a one for the intercept,
 * zeros up to a multiple of eight; rows of zeros fill the last four. Totals of a segment of rows are doubles: value,
 * (nothing), gradient[columns], gram. A gram is written in panels of eight columns, panel p having the rows from 8 p on:
 * its lower triangle, and a little above it.
 *
 * Sums run in float32 over a block of rows (slopes) or a group of blocks (gram, gradients of many outputs) and then go
 * into the totals.
 */
export const blockRows = 128;
/** Blocks of a group. That of a gram beyond the caches is larger, since its totals come from far away. */
export const gramGroup = 4;
export const wideGramGroup = 16;
export const wideColumns = 256;
export const outputsGroup = 4;

/** Columns of one panel: a panel's rows are two vectors. */
export const panelColumns = 8;
export const columnsOf = (featureCount: number): number => Math.ceil((featureCount + 1) / panelColumns) * panelColumns;
export const paddedOutputs = (K: number): number => Math.ceil(K / panelColumns) * panelColumns;
/** Rows are taken four at a time. */
export const paddedRows = (rowCount: number): number => Math.ceil(rowCount / 4) * 4;

/** What a running segment has for itself: values of a block's rows, a panel, sums, a gram's sums. */
const doublesOfBlock = 8 * blockRows;
export const scoresAt = 0;
export const labelsAt = doublesOfBlock;
export const weightsAt = 2 * doublesOfBlock;
export const slopesAt = 3 * doublesOfBlock;
export const curvaturesAt = slopesAt + 4 * blockRows;
export const panelAt = 4 * doublesOfBlock;
export const sumsAt = panelAt + 4 * panelColumns * blockRows;

/** Where the gradient begins in totals; the gram follows it. */
export const gradientAt = 16;

/** Beyond so many columns a gram has gigabytes, and its size no 32 bits on the way to it. */
export const gramColumnsMax = 16_000;
/** Cells of a gram over `columns` columns. */
export const gramCells = (columns: number): number => (columns / 2) * (columns + panelColumns);
export const scratchBytes = (columns: number, gram: boolean): number =>
  sumsAt + 4 * columns + (gram ? 4 * gramCells(columns) : 0);
export const totalsBytes = (columns: number, gram: boolean): number =>
  gradientAt + 8 * columns + (gram ? 8 * gramCells(columns) : 0);

/** Doubles of a loss's parameters: the family's own, then the weight of rows with label 1. */
export const positiveWeightAt = lossParameterCount;
export const parameterCount = lossParameterCount + 1;
