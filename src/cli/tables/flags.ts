import type { AlgorithmWish } from '../../modelling/index.ts';
import type { DecideOptions, ReadOptions } from '../../tables/index.ts';

/** How a table is read, where it is not found out. */
export interface TableFlags {
  delimiter?: string;
  encoding?: string;
  header?: 'yes' | 'no';
  /** Of the running server whose objects may be tables. */
  dataDir?: string;
}

export interface TrainFlags extends TableFlags {
  label?: string;
  algorithm?: AlgorithmWish;
  keep?: readonly string[];
  drop?: readonly string[];
  as?: readonly string[];
  task?: NonNullable<DecideOptions['task']>;
  positive?: string;
  seed?: number;
  output?: string;
  json?: boolean;
}

export interface TuneFlags extends TrainFlags {
  trials?: number;
}

export const readOptions = ({ delimiter, encoding, header }: TableFlags): ReadOptions => ({
  ...(delimiter !== undefined && { delimiter: delimiter === '\\t' ? '\t' : delimiter }),
  ...(encoding !== undefined && { encoding }),
  ...(header !== undefined && { header: header === 'yes' }),
});
