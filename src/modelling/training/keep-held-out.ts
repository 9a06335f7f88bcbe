import { explanationsFileName } from '../../contract/index.ts';
import { heldOutFacts, readExplanations, writeExplanations } from '../../learners/index.ts';
import type { LabelDecision } from '../../tables/index.ts';
import type { HeldOutRows } from '../scores/held-out-score.ts';

/** The program that trained the last model on all rows has held none out; what other folds or a test say of such models is kept in it. */
export function keepHeldOut(
  files: Map<string, Uint8Array>,
  heldOut: { from: 'cross-validation' | 'test'; rows: HeldOutRows } | undefined,
  { task, classes }: LabelDecision,
): void {
  const kept = files.get(explanationsFileName);
  if (kept === undefined || heldOut === undefined) return;
  const { from, rows } = heldOut;
  const { labels, predictions, probabilities } = rows;
  if (task !== 'regression' && probabilities === undefined) return;
  const facts = heldOutFacts({
    from,
    task,
    outputCount: task === 'multiclass' ? classes.length : 1,
    scores: task === 'regression' ? predictions : probabilities!.map(task === 'binary' ? logOdds : logarithm),
    labels,
    linked: true,
  });
  const explanations = { ...readExplanations(kept, explanationsFileName), ...facts };
  files.set(explanationsFileName, new TextEncoder().encode(writeExplanations(explanations)));
}

/** Probabilities of single precision that are 0 or 1 are not quite. */
const least = 1e-7;
const logarithm = (probability: number): number => Math.log(Math.max(least, probability));
const logOdds = (probability: number): number => logarithm(probability) - logarithm(1 - probability);
