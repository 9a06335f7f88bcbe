import { describeProblems, parseHyperparameters } from '../algorithms/index.ts';
import { DataError } from '../base/index.ts';
import type { LinearLearnerSettings } from '../learners/index.ts';
import type { FitOptions } from './options.ts';

/** What a fit is asked for, but for its hyperparameters. */
export type FitControls = Pick<FitOptions, 'validation' | 'start' | 'signal' | 'onProgress' | 'onWarning'>;

/** Hyperparameters whose other values need what the library does not have, and why. */
const fixed: Readonly<Record<string, { values: readonly string[]; because: string }>> = {
  threads: { values: ['auto', '1'], because: 'the library computes in the thread that calls it' },
  feature_hash_bits: { values: ['none'], because: 'the rows of the library are dense' },
  report: { values: ['auto', 'false'], because: 'the library writes no files' },
};

/** The options in their strict form. Throws DataError with everything that is wrong. */
export function readOptions(options: FitOptions): { settings: LinearLearnerSettings; controls: FitControls } {
  if (typeof options !== 'object' || options === null)
    throw new DataError('The options of fit are missing: give at least { predictor_type }');
  const { validation, start, signal, onProgress, onWarning, ...given } = options;
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) if (value !== undefined) texts[name] = String(value);
  for (const [name, { values, because }] of Object.entries(fixed)) {
    const value = texts[name]?.trim().toLowerCase();
    if (value !== undefined && !values.includes(value))
      throw new DataError(`${name} must be ${values.join(' or ')} here, not "${value}": ${because}`);
  }
  const { settings, problems } = parseHyperparameters(texts);
  if (problems !== undefined) throw new DataError(describeProblems(problems));
  return {
    settings,
    controls: {
      ...(validation && { validation }),
      ...(start && { start }),
      ...(signal && { signal }),
      ...(onProgress && { onProgress }),
      ...(onWarning && { onWarning }),
    },
  };
}
