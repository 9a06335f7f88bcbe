/** What a training program gives to make a report of. */
import type {
  ChannelFacts,
  Decision,
  Driver,
  LearningCurve,
  ModelFacts,
  Report,
  Reproduction,
  Warning,
} from './document.ts';

/** Rows of a channel, all or every so many-th. */
export interface SampledRows {
  channel: string;
  rowCount: number;
  every: number;
  /** Of all rows, these ones among them. */
  totalRows: number;
  /** Numbers of the rows in the channel, from 1. */
  numbers: Float64Array;
  labels: Float64Array;
  /** Values of a column; NaN is missing. */
  column(index: number): Float64Array;
}

/** What the model answers for the rows that are measured. */
export interface Answers {
  /** Binary: the score of class 1, else the prediction; several classes: their probabilities, row after row. */
  scores: Float64Array;
  /** Whether scores are probabilities. */
  probabilities: boolean;
  /** Binary: positive is called from it on. */
  threshold: number;
}

/** A column of the report: the ones that matter most, in that order. */
export interface ColumnInput {
  column: number;
  name: string;
}

export interface ReportInput
  extends Pick<Report, 'task' | 'rowsShown' | 'label' | 'classes' | 'candidates' | 'choice'> {
  model: ModelFacts;
  channels: readonly ChannelFacts[];
  from: Report['heldOut']['from'];
  rows: SampledRows;
  /** The rows that were trained on, where they are others. */
  trainRows: SampledRows | undefined;
  answers: Answers;
  columns: readonly ColumnInput[];
  columnsLeftOut: number;
  drivers: readonly Driver[];
  decisions: readonly Decision[];
  curves: readonly LearningCurve[];
  warnings: readonly Warning[];
  reproduction: Reproduction;
  /** What each column adds to a row's score, of the columns above and in their order; undefined where that is not known. */
  contributions?(row: number): Float64Array;
  /** Labels of the training rows, for the baseline: by class, or mean and median. */
  baseline: Baseline;
  random(): number;
}

/** What a model that knows no column would say. */
export interface Baseline {
  /** Shares of the classes in training. */
  shares: readonly number[];
  mean: number;
  median: number;
}
