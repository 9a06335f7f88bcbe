import type { BoostedModel } from '../../../learners/index.ts';
import type { Warning } from '../../../reports/index.ts';
import { readColumnNames } from '../../report/column-names.ts';
import { modelFacts, saveReport } from '../../report/report-file.ts';
import type { ReportMode } from '../../report/report-mode.ts';
import { reproductionOf } from '../../report/reproduction.ts';
import { saveExplanations } from '../../report/save-explanations.ts';
import { boostedExplanations } from '../explaining/make-explanations.ts';
import { modelFileName } from '../model-names.ts';
import type { Channels, XgboostJob } from '../rows/read-channels.ts';
import { boostedReport } from './boosted-report.ts';
import type { Course } from './course.ts';

export interface WantedReport {
  mode: ReportMode;
  /** The hyperparameters as they were given. */
  given: Readonly<Record<string, string>>;
  /** Warnings of the log so far. */
  warnings: readonly Warning[];
}

export interface TrainedModel {
  channels: Channels;
  wanted: WantedReport;
  course: Course;
  model: BoostedModel;
  bytes: Uint8Array;
  permutation: ArrayLike<number> | undefined;
}

/** Writes the report of a model beside it; nothing where none is wanted, or there is none of such rows. */
export async function writeReport({ paths, settings }: XgboostJob, trained: TrainedModel): Promise<void> {
  const { channels, wanted, course, model, bytes, permutation } = trained;
  const { train, validation } = channels.reported ?? {};
  if (train === undefined || (channels.validation !== undefined && validation === undefined)) return;
  const names = readColumnNames(paths);
  const rowsShown = wanted.mode === 'rows';
  const explanations = boostedExplanations({ model, train, validation, names, rowsShown });
  if (explanations !== undefined) saveExplanations(paths, explanations);
  const rounds = model.booster.kind === 'trees' ? model.booster.iterationStarts.length - 1 : settings.roundCount;
  const report = boostedReport({
    model,
    modelFacts: modelFacts(bytes, {
      algorithm: 'xgboost',
      file: modelFileName,
      featureCount: model.featureCount,
      facts: { objective: model.objective, rounds, rows: channels.train.rowCount },
    }),
    train,
    validation,
    labels: {
      train: channels.train.labels,
      ...(channels.validation && { validation: channels.validation.labels }),
    },
    permutation,
    names,
    rowsShown,
    curves: course.curves(),
    choice:
      rounds < settings.roundCount
        ? `Of ${settings.roundCount} rounds the first ${rounds} did best on the validation channel`
        : `All ${rounds} rounds of boosting that were asked for`,
    warnings: wanted.warnings,
    reproduction: await reproductionOf(paths, channels.validation === undefined ? ['train'] : ['train', 'validation'], {
      hyperparameters: wanted.given,
      deterministic: false,
    }),
    seed: settings.seed,
  });
  if (report !== undefined) saveReport(paths, report);
}
