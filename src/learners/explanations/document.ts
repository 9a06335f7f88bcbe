/** What a model keeps to explain its predictions with: see docs/explanations.md. */
import { DataError, messageOf } from '../../base/index.ts';
import type { CalibrationMap } from '../calibration/calibration.ts';

export type ExplainedTask = 'binary' | 'multiclass' | 'regression';

/** The rows that a figure was fitted to, none of which made the model that predicted them. */
export type HeldOutSource = 'validation' | 'test' | 'leave-one-out' | 'folds' | 'cross-validation';

export interface Explanations {
  format: 'linnet-explanations';
  version: 1;
  task: ExplainedTask;
  featureCount: number;
  /** Names of the features; null where nobody named them. */
  columns: readonly string[] | null;
  /** Means over the training rows of a linear model's columns, after expansion: what contributions are counted from. */
  means: readonly number[] | null;
  /** Where nearly all training rows lie; null for a feature without values. */
  ranges: FeatureRanges | null;
  /** Null where the model's own probability did best on rows held out. */
  calibration: KeptCalibration | null;
  conformal: KeptConformal | null;
}

export interface FeatureRanges {
  /** Training rows that were looked at. */
  rows: number;
  /** Of those, how many may lie beyond each end; 0 where the user asked for single rows to be shown. */
  beyond: number;
  low: readonly (number | null)[];
  high: readonly (number | null)[];
}

export interface KeptCalibration {
  from: HeldOutSource;
  rows: number;
  map: CalibrationMap;
  /** Mean log-loss of rows that had no part in the map, by each of the maps that were tried; `identity` is the model's own. */
  logLosses: Readonly<Record<string, number>>;
}

export interface KeptConformal {
  from: HeldOutSource;
  rows: number;
  kind: 'interval' | 'set';
  /** A radius is null where rows are too few for the level. */
  quantiles: readonly { level: number; radius: number | null }[];
}

/** Throws DataError for what is no such document, or one of a version that this Linnet does not know. */
export function readExplanations(bytes: Uint8Array, name: string): Explanations {
  let value: Partial<Explanations> | null;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new DataError(`"${name}" is not valid JSON: ${messageOf(error)}`);
  }
  if (value?.format !== 'linnet-explanations')
    throw new DataError(`"${name}" is damaged: its "format" is not "linnet-explanations"`);
  if (value.version !== 1)
    throw new DataError(
      `"${name}" has version ${value.version}; this Linnet reads version 1. Use the Linnet that made it`,
    );
  const { featureCount, means, ranges, calibration, conformal } = value;
  const lists: [unknown, string][] = [
    [ranges?.low ?? [], 'ranges.low'],
    [ranges?.high ?? [], 'ranges.high'],
    [means ?? [], 'means'],
    [conformal?.quantiles ?? [], 'conformal.quantiles'],
  ];
  for (const [list, member] of lists)
    if (!Array.isArray(list)) throw new DataError(`"${name}" is damaged: "${member}" is no list`);
  if (!(Number.isInteger(featureCount) && featureCount! > 0))
    throw new DataError(`"${name}" is damaged: "featureCount" is ${JSON.stringify(featureCount)}`);
  if (calibration && typeof calibration.map?.kind !== 'string')
    throw new DataError(`"${name}" is damaged: "calibration.map" has no "kind"`);
  return value as Explanations;
}

/** The document as it is kept: ten digits are more than anyone compares. */
export const writeExplanations = (explanations: Explanations): string =>
  `${JSON.stringify(explanations, (_key, value: unknown) => {
    if (typeof value !== 'number') return value;
    if (!Number.isFinite(value)) return null;
    return Number.isInteger(value) ? value : Number(value.toPrecision(10));
  })}\n`;
