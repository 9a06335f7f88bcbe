import type { DataStore } from '../data/store.ts';
import type { PythonPeers } from '../peers/python.ts';
import type { Plot } from './plot.ts';

/** One row of a case's result: a figure that was measured, and the target it is held against. */
export interface Row {
  /** What was compared, with the shape of the data. */
  what: string;
  /** A few words of it, for the chart of all targets. */
  label?: string;
  /** Undefined when it could not be measured; the note says why. */
  value?: number;
  unit: 'x' | '%' | 'ms' | 's' | 'ns' | 'GFLOP/s' | 'GB/s' | 'MiB' | 'kB';
  target?: { atLeast: number } | { atMost: number };
  /** The numbers behind the value, by name; milliseconds unless the name says otherwise. */
  figures: Readonly<Record<string, number>>;
  note?: string;
  /** Where it cannot be told from value and target. */
  reached?: boolean;
}

export interface Outcome {
  rows: readonly Row[];
  plots?: readonly Plot[];
  /** Versions of what was measured against, by name. */
  peers?: Readonly<Record<string, string>>;
}

/** What every case is given. */
export interface Bench {
  /** Smaller data and fewer rounds: to see that all runs, not to quote. */
  quick: boolean;
  data: DataStore;
  /** Scikit-learn and the others, with so many threads for BLAS; rejects where they cannot be installed. */
  python(threads: 1 | 2): Promise<PythonPeers>;
  /** PyTorch, in an environment of its own; rejects where it is not installed. */
  torch(): Promise<PythonPeers>;
  log(text: string): void;
}

export interface BenchCase {
  id: string;
  title: string;
  /** Left out of a run without arguments. */
  apart?: boolean;
  run(bench: Bench): Promise<Outcome>;
}

/** Whether a row reaches its target; undefined when it has none or no value. */
export function reached({ value, target, reached: told }: Row): boolean | undefined {
  if (told !== undefined) return told;
  if (target === undefined) return undefined;
  if (value === undefined || !Number.isFinite(value)) return false;
  return 'atLeast' in target ? value >= target.atLeast : value <= target.atMost;
}
