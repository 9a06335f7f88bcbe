/** The part of the library that trains, which a page loads when it first does. */
import { labelCheck, modelBytes } from '../algorithms/index.ts';
import { DataError } from '../base/index.ts';
import type { RowSource } from '../formats/index.ts';
import {
  type FitObserver,
  fitLinearLearner,
  type LinearLearnerSettings,
  type LinearModel,
  readModelFile,
} from '../learners/index.ts';
import { type Breather, openBreather } from './breather.ts';
import { unpackModel } from './model-archive.ts';
import type { FitOptions, TrainedModel } from './options.ts';
import { type FitControls, readOptions } from './read-options.ts';
import type { LabelledRows } from './rows/inputs.ts';
import { type LabelledTable, readLabelled } from './rows/read-rows.ts';

/** The bytes of `model_algo-1`. Rejects with DataError for options and rows that are wrong, with the signal's reason after an abort. */
export async function trainModel(given: LabelledRows, options: FitOptions): Promise<Uint8Array> {
  const { settings, controls } = readOptions(options);
  const { signal } = controls;
  signal?.throwIfAborted();
  const start = controls.start && (await modelOf(controls.start));
  const breather = openBreather();
  try {
    const read = async (name: string, rows: LabelledRows): Promise<RowSource> =>
      sourceOf(name, checked(name, await readLabelled(name, rows, breather), settings), breather);
    const train = await read('rows', given);
    const validation = controls.validation && (await read('validation', controls.validation));
    if (validation !== undefined && validation.featureCount !== train.featureCount) {
      const features = `${validation.featureCount} features, but "rows" has ${train.featureCount}`;
      throw new DataError(`"validation" has ${features}`);
    }
    signal?.throwIfAborted();
    const result = await fitLinearLearner(
      settings,
      { train, ...(validation && { validation }), start },
      observerOf(controls, settings),
      { nowMs: breather.nowMs, breathe: breather.breathe, ...(signal && { signal }) },
    );
    signal?.throwIfAborted();
    return modelBytes(result);
  } finally {
    breather.close();
  }
}

async function modelOf(start: TrainedModel): Promise<LinearModel> {
  if (typeof start?.save !== 'function') throw new DataError('start must be a LinearLearner');
  return readModelFile(await unpackModel(await start.save())).model;
}

function checked(name: string, table: LabelledTable, settings: LinearLearnerSettings): LabelledTable {
  const { featureDim } = settings;
  if (featureDim !== 'auto' && featureDim !== table.columnCount)
    throw new DataError(`"${name}" has ${table.columnCount} features, but feature_dim is ${featureDim}`);
  labelCheck(settings)(table.labels, 1, name);
  return table;
}

/** Values of one block: few enough that the thread can give way between two. */
const blockValues = 2 ** 16;

function sourceOf(name: string, table: LabelledTable, { breathe }: Breather): RowSource {
  const { rowCount, columnCount, values, labels } = table;
  const step = Math.max(1, Math.floor(blockValues / columnCount));
  return {
    name,
    featureCount: columnCount,
    async *blocks() {
      for (let from = 0; from < rowCount; from += step) {
        const to = Math.min(rowCount, from + step);
        yield {
          rowCount: to - from,
          featureCount: columnCount,
          features: values.subarray(from * columnCount, to * columnCount),
          labels: labels.subarray(from, to),
        };
        await breathe();
      }
    },
  };
}

function observerOf({ onProgress, onWarning }: FitControls, { epochs }: LinearLearnerSettings): FitObserver {
  const nothing = (): void => undefined;
  return {
    notice: nothing,
    warn: onWarning ?? nothing,
    scaler: nothing,
    candidates: nothing,
    epoch({ epoch, trainObjectives, validationObjectives, bestModel }) {
      const at = Math.max(0, bestModel);
      onProgress?.({
        epoch: epoch + 1,
        epochs,
        trainLoss: trainObjectives[at]!,
        ...(validationObjectives && { validationLoss: validationObjectives[at]! }),
      });
    },
  };
}
