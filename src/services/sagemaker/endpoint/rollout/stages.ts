import type { CapacitySize, DeploymentConfig } from '@aws-sdk/client-sagemaker';
import type { Deployment, VariantPlan } from '../deployment.ts';

/** A step of an update: what serves, and how long it is watched before the next step. */
export interface Stage {
  serves: Deployment;
  waitMs: number;
}

/** What an update leads from and to, and how. */
export interface Rollout {
  from: Deployment;
  to: Deployment;
  config: DeploymentConfig | undefined;
}

/**
 * The steps of an update, of which the last has all traffic on the new deployment. Blue/green: the new one stands whole beside the
 * old one, and takes traffic at once, after a first part (canary) or in equal steps (linear). Rolling: programs of the new one take the
 * place of old ones, a batch at a time.
 */
export function stagesOf({ from, to, config }: Rollout): Stage[] {
  // Weights and numbers change in place.
  if (sharesPrograms(from, to)) return [{ serves: to, waitMs: 0 }];
  if (config?.RollingUpdatePolicy !== undefined) return rollingStages({ from, to, config });
  const { TrafficRoutingConfiguration: routing, TerminationWaitInSeconds: last = 0 } =
    config?.BlueGreenUpdatePolicy ?? {};
  const waitMs = (routing?.WaitIntervalInSeconds ?? 0) * 1000;
  const shares = sharesOf(routing, to);
  // Where there is no step to wait between, its wait is one after the switch.
  const lastWaitMs = Math.max(last * 1000, shares.length === 1 ? waitMs : 0);
  return shares.map((share, index) => ({
    serves: mixOf({ from, to, ofOld: countsOf(from), ofNew: countsOf(to), share }),
    waitMs: index === shares.length - 1 ? lastWaitMs : waitMs,
  }));
}

/** The steps back to the old deployment from a stage that was reached. */
export function rollbackStagesOf(rollout: Rollout, reached: number): Stage[] {
  const { from, to, config } = rollout;
  const back = {
    serves: mixOf({ from, to, ofOld: countsOf(from), ofNew: to.variants.map(() => 0), share: 0 }),
    waitMs: 0,
  };
  const rolling = config?.RollingUpdatePolicy;
  const stage = stagesOf(rollout)[reached];
  if (rolling === undefined || stage === undefined) return [back];
  const now = new Map(stage.serves.variants.map(({ folder, instanceCount }) => [folder, instanceCount]));
  const batches = from.variants.map(({ instanceCount }) => batchOf(rolling.RollbackMaximumBatchSize, instanceCount));
  const steps = Math.max(
    ...from.variants.map(({ folder, instanceCount }, index) =>
      Math.ceil((instanceCount - (now.get(folder) ?? 0)) / batches[index]!),
    ),
    1,
  );
  const between = Array.from({ length: steps - 1 }, (_, index) => {
    const left = 1 - (index + 1) / steps;
    const ofOld = from.variants.map(({ folder, instanceCount }, variant) =>
      Math.min(instanceCount, (now.get(folder) ?? 0) + (index + 1) * batches[variant]!),
    );
    const ofNew = to.variants.map(({ folder }) => Math.ceil((now.get(folder) ?? 0) * left));
    return { serves: mixOf({ from, to, ofOld, ofNew, share: shareOfCounts(ofOld, ofNew) }), waitMs: 0 };
  });
  return [...between, back];
}

function rollingStages({ from, to, config }: Rollout): Stage[] {
  const { MaximumBatchSize: size, WaitIntervalInSeconds: wait = 0 } = config?.RollingUpdatePolicy ?? {};
  const batches = to.variants.map(({ instanceCount }) => batchOf(size, instanceCount));
  const steps = Math.max(
    ...to.variants.map(({ instanceCount }, index) => Math.ceil(instanceCount / batches[index]!)),
    1,
  );
  return Array.from({ length: steps }, (_, index) => {
    const ofNew = to.variants.map(({ instanceCount }, variant) =>
      Math.min(instanceCount, (index + 1) * batches[variant]!),
    );
    const done = index === steps - 1 ? 1 : sumOf(ofNew) / Math.max(sumOf(countsOf(to)), 1);
    const ofOld = countsOf(from).map((count) => Math.ceil(count * (1 - done)));
    const share = done === 1 ? 1 : shareOfCounts(ofOld, ofNew);
    return { serves: mixOf({ from, to, ofOld, ofNew, share }), waitMs: wait * 1000 };
  });
}

type Routing = NonNullable<DeploymentConfig['BlueGreenUpdatePolicy']>['TrafficRoutingConfiguration'];

/** The parts of the traffic that the new deployment has at each step. */
function sharesOf(routing: Routing | undefined, to: Deployment): number[] {
  if (routing?.Type === 'CANARY') return [shareOf(routing.CanarySize, to), 1];
  if (routing?.Type !== 'LINEAR') return [1];
  const step = shareOf(routing.LinearStepSize, to);
  const steps = Math.ceil(1 / step - 1e-9);
  return Array.from({ length: steps }, (_, index) => (index === steps - 1 ? 1 : (index + 1) * step));
}

/** A part of a deployment's capacity. */
export function shareOf(size: CapacitySize | undefined, { variants }: Deployment): number {
  if (size?.Value === undefined) return 1;
  const production = variants.filter(({ shadow }) => shadow !== true);
  const whole = size.Type === 'INSTANCE_COUNT' ? sumOf(production.map(({ instanceCount }) => instanceCount)) : 100;
  return Math.min(1, size.Value / Math.max(whole, 1));
}

/** Programs of one batch: at least one. */
function batchOf(size: CapacitySize | undefined, count: number): number {
  if (size?.Value === undefined) return Math.max(count, 1);
  const part = size.Type === 'INSTANCE_COUNT' ? size.Value : Math.ceil((count * size.Value) / 100);
  return Math.max(1, Math.min(part, count));
}

const countsOf = ({ variants }: Deployment): number[] => variants.map(({ instanceCount }) => instanceCount);
const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, each) => sum + each, 0);
const shareOfCounts = (ofOld: readonly number[], ofNew: readonly number[]): number =>
  sumOf(ofNew) / Math.max(sumOf(ofOld) + sumOf(ofNew), 1);

export const sharesPrograms = (from: Deployment, to: Deployment): boolean =>
  to.variants.some(({ folder }) => from.variants.some((variant) => variant.folder === folder));

interface Mix {
  from: Deployment;
  to: Deployment;
  /** How many programs of each variant serve. */
  ofOld: readonly number[];
  ofNew: readonly number[];
  /** The part of the traffic that the new deployment takes. */
  share: number;
}

/** Both deployments as one. A request for a variant by its name goes to the first of that name that has traffic or programs. */
function mixOf({ from, to, ofOld, ofNew, share }: Mix): Deployment {
  const old = scaled(from.variants, ofOld, 1 - share);
  const fresh = scaled(to.variants, ofNew, share);
  return { configName: from.configName, variants: share >= 0.5 ? [...fresh, ...old] : [...old, ...fresh] };
}

/** Variants with weights that add up to a part of the traffic. */
function scaled(variants: readonly VariantPlan[], counts: readonly number[], share: number): VariantPlan[] {
  const served = variants.filter(({ shadow }) => shadow !== true);
  const sum = sumOf(served.map(({ weight }) => weight));
  return variants.map((variant, index) => ({
    ...variant,
    instanceCount: counts[index]!,
    weight: weightOf(variant),
  }));
  function weightOf(variant: VariantPlan): number {
    if (sum > 0) return (variant.weight * share) / sum;
    // With all weights 0 the first variant takes the requests.
    return variant === served[0] ? share : 0;
  }
}
