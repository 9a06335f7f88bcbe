/** `linnet train`: from a table to a model.tar.gz, without a server. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError } from '../../base/index.ts';
import { newestLibrary, readImages } from '../../images/index.ts';
import { type TrainOutcome, trainTable } from '../../modelling/index.ts';
import { readReport } from '../../reports/index.ts';
import { readConfig } from '../../server/index.ts';
import { quoted } from '../environment.ts';
import { checkOutputFile } from '../output-file.ts';
import { programName } from '../terminal/command-line.ts';
import { progressLine } from '../terminal/progress.ts';
import { stopSignal } from '../terminal/signals.ts';
import { terminalWidth } from '../terminal/wrapped.ts';
import type { TuneFlags } from './flags.ts';
import { tableOf } from './source.ts';
import { decisionsPage, outcomePage } from './train-page.ts';
import { wishesOf } from './wishes.ts';

export async function train(flags: TuneFlags, file: string): Promise<void> {
  const { output = 'model.tar.gz', algorithm = 'auto', seed = 0, json = false, trials = 0 } = flags;
  checkOutputFile(output);
  const table = await tableOf(flags, file);
  const { dataFolder } = readConfig(flags, process.env);
  const library = process.env.LINNET_XGBOOST_LIBRARY || newestLibrary(readImages(dataFolder), 'xgboost')?.file;
  const folder = mkdtempSync(join(tmpdir(), 'linnet-train-'));
  const progress = progressLine();
  const stop = new AbortController();
  void stopSignal().then(() => stop.abort());
  const width = Math.min(terminalWidth(), 100);
  const say = (text: string): void => {
    progress.clear();
    if (!json) process.stdout.write(text);
  };
  try {
    const outcome = await trainTable(
      table,
      {
        ...wishesOf(flags),
        algorithm,
        seed,
        trials,
        library,
        folder,
        environment: process.env,
        nowMs: () => performance.now(),
        signal: stop.signal,
      },
      {
        decided(decisions, split) {
          say(`${decisionsPage(table, decisions, split, width)}\n`);
          if (algorithm === 'auto' && library === undefined)
            say(`XGBoost is not compared, since it is not added: ${programName(process.env)} image add xgboost\n\n`);
        },
        progress: (what, share) => progress.show(what, share),
        compared: () => undefined,
      },
    );
    writeFileSync(output, outcome.archive);
    if (json) process.stdout.write(`${JSON.stringify(asJson(outcome, output))}\n`);
    else {
      const report = await readReport('the model', outcome.archive).catch(() => undefined);
      const command = programName(process.env);
      say(`${outcomePage(outcome, { file: output, command, warnings: report?.warnings ?? [] }, width)}`);
    }
  } catch (error) {
    progress.clear();
    if (stop.signal.aborted) throw new DataError('Stopped: there is no model');
    throw withCommand(error, file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Where a label was to be named, with the command that names the likeliest. */
function withCommand(error: unknown, file: string): unknown {
  if (!(error instanceof DataError) || !Array.isArray(error.place.value)) return error;
  const [likeliest] = error.place.value as string[];
  if (likeliest === undefined) return error;
  return new DataError(
    `${error.message}\n${programName(process.env)} train ${quoted(file)} --label ${quoted(likeliest)}`,
    error.place,
  );
}

function asJson(outcome: TrainOutcome, file: string): Record<string, unknown> {
  const { archive, ...rest } = outcome;
  return { ...rest, file, bytes: archive.length };
}
