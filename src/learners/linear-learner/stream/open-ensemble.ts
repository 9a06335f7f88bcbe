import {
  type DescentShape,
  type DescentState,
  type KernelSet,
  keepsAllColumns,
  type LossShape,
  outputsOf,
} from '../../../kernels/index.ts';
import { normal, seededRandom } from '../../rows/random.ts';
import type { Candidate } from '../model.ts';
import type { Prepared } from '../path/prepare.ts';
import type { Job } from '../problem.ts';
import type { LinearLearnerSettings } from '../settings.ts';
import { denseEnsemble } from './dense-ensemble.ts';
import { chunkRowsOf, type Ensemble } from './ensemble.ts';
import { sparseEnsemble } from './sparse-ensemble.ts';

/**
 * The candidates of a job, ready to be trained, from their initial weights. `prepared` gives the training rows as solvers
 * have them, so that no second copy need be made.
 */
export function openEnsemble(job: Job, kernels: KernelSet, prepared?: () => Prepared): Ensemble {
  const { source, settings } = job;
  const sparse = source.sparseBlocks !== undefined;
  const chunkRows = chunkRowsOf(job.batchSize, sparse ? sparseCellsPerRow : source.featureCount);
  const shape = descentShape(job, chunkRows);
  const ensemble = sparse
    ? sparseEnsemble(job, kernels.sparseDescent(shape), chunkRows)
    : denseEnsemble(job, kernels.descent(shape), chunkRows, prepared);
  ensemble.write(initialState(source.featureCount, shape, settings, { start: job.start, sparse }));
  return ensemble;
}

/** Values of a sparse row, as a guess for the size of a chunk. */
export const sparseCellsPerRow = 128;

/**
 * Update rules, per model: rate_t = max(floor, rate_0 * factor^floor((t - 1) / step)); Adam's step is
 * rate_t * sqrt(1 - beta2^t) / (1 - beta1^t) * m / (sqrt(v) + 1e-8); the intercept's rate is multiplied by bias_lr_mult
 * and its decay by bias_wd_mult. Sources: MXNet 1.3.1's optimisers; checked against a published job of the original.
 * With `amazon`, l1 / batch enters as a subgradient, which fits the original's logs; otherwise as a proximal step.
 */
export function descentShape({ settings, plan, source, batchSize, ...job }: Job, chunkRows: number): DescentShape {
  return {
    featureCount: source.featureCount,
    models: plan.candidates.map((candidate) => descentModel(candidate, plan.biasWdMult, settings.useLrScheduler)),
    loss: lossShapeOf(job),
    rule: plan.optimizer,
    beta1: plan.optimizer === 'sgd' ? plan.momentum : plan.beta1,
    beta2: plan.beta2,
    l1Mode: settings.compatibility === 'amazon' ? 'subgradient' : 'proximal',
    useBias: settings.useBias,
    biasRateMult: plan.biasLrMult,
    batchRows: batchSize,
    chunkRows,
  };
}

const descentModel = (candidate: Candidate, biasWdMult: number, scheduled: boolean) => ({
  rate: candidate.learningRate,
  factor: candidate.lrSchedulerFactor,
  every: scheduled ? candidate.lrSchedulerStep : Number.POSITIVE_INFINITY,
  floor: candidate.lrSchedulerMinimumLr,
  decay: candidate.wd,
  biasDecay: candidate.wd * biasWdMult,
  l1: candidate.l1,
  positiveWeight: candidate.positiveExampleWeightMult,
});

export const lossShapeOf = ({
  trainingLoss,
  outputs,
  classWeights,
}: Pick<Job, 'trainingLoss' | 'outputs' | 'classWeights'>): LossShape =>
  trainingLoss?.shape ?? { kind: 'softmax', outputs, classWeight: classWeights };

const zeros = (length: number): Float32Array => new Float32Array(length);

const emptyState = (K: number): DescentState => ({
  updates: 0,
  w: zeros(0),
  b: zeros(K),
  firstW: zeros(0),
  firstB: zeros(K),
  secondW: zeros(0),
  secondB: zeros(K),
  columns: new Uint32Array(0),
});

/**
 * Each model draws its start from its own random stream, so that it does not depend on how many train beside it; or all
 * start from an earlier model.
 */
function initialState(
  d: number,
  shape: DescentShape,
  settings: LinearLearnerSettings,
  { start, sparse }: { start: Job['start']; sparse: boolean },
): DescentState {
  const outputs = outputsOf(shape.loss);
  const models = shape.models.length;
  const K = models * outputs;
  // Of very wide rows only the columns that occur are kept; they start at 0.
  if (sparse && !keepsAllColumns(shape)) return emptyState(K);
  const w = new Float32Array(d * K);
  const b = new Float32Array(K);
  for (let model = 0; model < models; model += 1) {
    const random = seededRandom(settings.seed * 1_000_003 + 977 * (model + 1));
    const draw =
      settings.initMethod === 'uniform'
        ? () => settings.initScale * (2 * random() - 1)
        : () => settings.initSigma * normal(random);
    for (let k = 0; k < outputs; k += 1) {
      b[model * outputs + k] = start?.b[k] ?? (settings.useBias ? settings.initBias : 0);
    }
    for (let j = 0; j < d; j += 1) {
      for (let k = 0; k < outputs; k += 1) w[j * K + model * outputs + k] = start?.w[j * outputs + k] ?? draw();
    }
  }
  return {
    updates: 0,
    w,
    b,
    firstW: zeros(d * K),
    firstB: zeros(K),
    secondW: zeros(d * K),
    secondB: zeros(K),
  };
}
