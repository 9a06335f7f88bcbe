/** Models of a job under way, in the folder that the host keeps over its runs. */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unavailable } from '../../program/output/failure.ts';

export interface Checkpoint {
  name: string;
  /** The last round that it has. */
  round: number;
  bytes: Uint8Array;
}

export interface Checkpoints {
  newest(): Checkpoint | undefined;
  /** Whether a round should be kept: not more often than a model can be written without slowing the training. */
  wants(): boolean;
  save(round: number, bytes: Uint8Array): void;
}

/** As Amazon's container names and counts them. */
const prefix = 'xgboost-checkpoint.';
const keptMax = 5;
const everyMs = 1_000;

/** Undefined where the host gave no folder: the job then has no CheckpointConfig. */
export function openCheckpoints(folder: string, nowMs: () => number): Checkpoints | undefined {
  if (!existsSync(folder)) return undefined;
  let savedAtMs = Number.NEGATIVE_INFINITY;
  const rounds = (): number[] =>
    readdirSync(folder)
      .flatMap((name) => (/^xgboost-checkpoint\.\d+$/.test(name) ? [Number(name.slice(prefix.length))] : []))
      .sort((a, b) => a - b);
  return {
    newest() {
      const round = rounds().at(-1);
      if (round === undefined) return undefined;
      const name = `${prefix}${round}`;
      try {
        return { name, round, bytes: readFileSync(join(folder, name)) };
      } catch (error) {
        throw unavailable(`Cannot read the checkpoint "${join(folder, name)}"`, error);
      }
    },
    wants: () => nowMs() - savedAtMs >= everyMs,
    save(round, bytes) {
      const path = join(folder, `${prefix}${round}`);
      // A leading dot keeps it from hosts that copy whole files only.
      const partial = join(folder, `.${prefix}${round}.partial`);
      try {
        writeFileSync(partial, bytes, { flush: true });
        renameSync(partial, path);
        for (const old of rounds().slice(0, -keptMax)) rmSync(join(folder, `${prefix}${old}`), { force: true });
      } catch (error) {
        throw unavailable(`Cannot write the checkpoint "${path}"`, error);
      }
      savedAtMs = nowMs();
    },
  };
}
