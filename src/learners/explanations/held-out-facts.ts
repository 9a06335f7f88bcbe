import { sigmoid } from '../../kernels/index.ts';
import { type Calibration, calibrateBinary, calibrateClasses, calibratedClasses } from '../calibration/calibration.ts';
import { conformalIntervals, conformalSets } from '../linear-learner/statistics/held-out/conformal.ts';
import type { ExplainedTask, Explanations, HeldOutSource, KeptCalibration, KeptConformal } from './document.ts';

export interface HeldOutPredictions {
  from: HeldOutSource;
  task: ExplainedTask;
  /** Scores of a row: 1, or the number of classes. */
  outputCount: number;
  /** Before any link; of a regressor, what it predicts. */
  scores: Float64Array;
  labels: Float64Array;
  /** Whether the model itself answers with the logistic function, or softmax, of its scores. */
  linked: boolean;
}

/** Fewer rows say nothing about the probability of a class. */
const calibrationRowsMin = 50;
/** More would move no digit that anyone reads, and take a job more than some hundredths of a second. */
const calibrationRowsMax = 1_000;
const level = 0.95;

/** A map to better probabilities, where there is one, and the quantiles that intervals and sets are made with. */
export function heldOutFacts(held: HeldOutPredictions): Pick<Explanations, 'calibration' | 'conformal'> {
  const { from, task, outputCount: K, scores, labels } = held;
  if (labels.length === 0) return { calibration: null, conformal: null };
  if (task === 'regression')
    return {
      calibration: null,
      conformal: keptConformal(from, conformalIntervals(residuals(held), 'validation', level)),
    };
  const own = Float64Array.from(labels, (label, row) =>
    K === 1
      ? sigmoid(label === 1 ? scores[row] : -scores[row])
      : calibratedClasses({ kind: 'identity' }, scores.subarray(row * K, (row + 1) * K))[label],
  );
  return { calibration: calibrationOf(held), conformal: keptConformal(from, conformalSets(own, 'validation', level)) };
}

const residuals = ({ labels, scores }: HeldOutPredictions): Float64Array =>
  labels.map((label, row) => label - scores[row]);

function calibrationOf(held: HeldOutPredictions): KeptCalibration | null {
  const { from, outputCount: K, linked } = held;
  const every = Math.ceil(held.labels.length / calibrationRowsMax);
  const rows = Uint32Array.from({ length: Math.ceil(held.labels.length / every) }, (_, at) => at * every);
  const labels = Float64Array.from(rows, (row) => held.labels[row]);
  const scores = new Float64Array(rows.length * K);
  for (const [at, row] of rows.entries()) scores.set(held.scores.subarray(row * K, (row + 1) * K), at * K);
  const isOneSided = labels.every((label) => label === labels[0]);
  if (rows.length < calibrationRowsMin || isOneSided) return null;
  return keptCalibration(
    from,
    rows.length,
    K === 1 ? calibrateBinary(scores, labels, linked) : calibrateClasses(scores, labels, K),
  );
}

/** Null for the model's own link: it did best, and the endpoint answers with it anyway. */
export const keptCalibration = (
  from: HeldOutSource,
  rows: number,
  { map, logLosses }: Pick<Calibration, 'map' | 'logLosses'>,
): KeptCalibration | null => (map.kind === 'identity' ? null : { from, rows, map, logLosses });

export const keptConformal = (
  from: HeldOutSource,
  {
    kind,
    rowCount,
    quantiles,
  }: { kind: KeptConformal['kind']; rowCount: number; quantiles: KeptConformal['quantiles'] },
): KeptConformal => ({
  from,
  rows: rowCount,
  kind,
  quantiles: quantiles.map(({ level: each, radius }) => ({ level: each, radius })),
});
