/** Gathers what the report of a training job needs while the job runs, and writes it at the end. */
import type { ContainerPaths } from '../../../contract/index.ts';
import type { RowSource } from '../../../formats/index.ts';
import type { FitObserver, FitResult, LinearLearnerSettings } from '../../../learners/index.ts';
import type { Warning } from '../../../reports/index.ts';
import { readColumnNames } from '../../report/column-names.ts';
import { modelFacts, saveReport } from '../../report/report-file.ts';
import type { ReportMode } from '../../report/report-mode.ts';
import { reproductionOf } from '../../report/reproduction.ts';
import { type RowTap, tapped } from '../../report/row-tap.ts';
import { saveExplanations } from '../../report/save-explanations.ts';
import { linearExplanations } from '../explaining/make-explanations.ts';
import { modelFileName } from '../model-name.ts';
import { linearReport } from './linear-report.ts';
import { type Recorder, recorder } from './recorder.ts';

export interface Reporting {
  /** The channels, whose rows are kept while they pass. */
  tapped<Channels extends TappedChannels>(channels: Channels): Channels;
  recorded(observer: FitObserver): FitObserver;
  /** Writes the report of the model with these bytes; nothing for a job that was stopped before its rows had passed. */
  save(result: FitResult, bytes: Uint8Array): Promise<void>;
}

interface TappedChannels {
  train: RowSource;
  validation: RowSource | undefined;
  test: RowSource | undefined;
}

const nothing: Reporting = { tapped: (channels) => channels, recorded: (observer) => observer, save: async () => {} };

export interface ReportedJob {
  paths: ContainerPaths;
  settings: LinearLearnerSettings;
  /** The hyperparameters as they were given. */
  given: Readonly<Record<string, string>>;
  /** Warnings of the log so far, to which later ones are added. */
  warnings: readonly Warning[];
}

export function reporting(mode: ReportMode, { paths, settings, given, warnings }: ReportedJob): Reporting {
  if (mode === 'none') return nothing;
  const taps = new Map<string, RowTap>();
  let recorded: Recorder | undefined;
  const tap = <Source extends RowSource>(source: Source): Source =>
    tapped(source, (rows) => taps.set(source.name, rows));
  return {
    tapped: ({ train, validation, test, ...rest }) =>
      ({ ...rest, train: tap(train), validation: validation && tap(validation), test: test && tap(test) }) as never,
    recorded(observer) {
      recorded = recorder(observer);
      return recorded.observer;
    },
    async save(result, bytes) {
      const train = taps.get('train');
      if (train === undefined || recorded === undefined) return;
      const names = readColumnNames(paths);
      const { model, statistics } = result;
      const rowsShown = mode === 'rows';
      const explanations = linearExplanations({ model, statistics, train: train.sampled(), names, rowsShown });
      if (explanations !== undefined) saveExplanations(paths, explanations);
      const report = linearReport({
        result,
        taps: { train, validation: taps.get('validation'), test: taps.get('test') },
        recorded,
        names,
        model: modelFacts(bytes, {
          algorithm: 'linear-learner',
          file: modelFileName,
          featureCount: result.model.featureCount,
          facts: { loss: result.model.loss, rows: result.rowCount, epochs: result.epochsRun },
        }),
        rowsShown,
        warnings,
        reproduction: await reproductionOf(paths, [...taps.keys()], {
          hyperparameters: given,
          deterministic: settings.deterministic,
        }),
        seed: settings.seed,
      });
      saveReport(paths, report);
    },
  };
}
