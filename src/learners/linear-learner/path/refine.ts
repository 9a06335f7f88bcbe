import { portableMath } from '../../../kernels/index.ts';
import type { Penalty } from './penalties.ts';

/** A penalty with its mean loss on rows left out, not a number where it proved hopeless, and where its solve ended. */
export interface Tried extends Penalty {
  loss: number;
  theta: Float64Array;
}

/** A penalty to try next, and the optimum of the one it is next to. */
export interface Proposal extends Penalty {
  start: Float64Array;
}

/** What the search may vary. */
export interface Freedom {
  wd: boolean;
  l1: boolean;
  /** Whether weak penalties cost so much that none is tried but where the losses point there. */
  isThrifty?: boolean;
}

/**
 * Penalties to look at next, given those already looked at: of ridges and of lassos the middles between the best and its
 * neighbours, or beyond it where it is the last, and once both kinds are known elastic nets between the two. A kind far behind
 * the other is left alone.
 */
export function proposals(tried: readonly Tried[], { wd, l1, isThrifty = false }: Freedom, round = 0): Proposal[] {
  const weights = [...new Set(tried.map(({ positiveWeight }) => positiveWeight))];
  return weights.flatMap((positiveWeight) => {
    const own = tried.filter((each) => each.positiveWeight === positiveWeight);
    // Without l1 to choose, all have the same one; a lasso's trace of wd is no penalty to speak of.
    const isLasso = (each: Tried): boolean => l1 && each.l1 > 0;
    const ridge = best(own.filter((each) => !isLasso(each)));
    const lasso = best(own.filter(isPureLasso(own, l1)));
    const least = Math.min(ridge?.loss ?? Infinity, lasso?.loss ?? Infinity);
    const behind = farBehind[Math.min(round, 1)];
    const limit = least * (1 + (isThrifty ? Math.min(farBetween, behind) : behind));
    const near = [
      ...(wd && ridge !== undefined && ridge.loss <= limit
        ? around(
            own.filter((each) => !isLasso(each)),
            ridge,
            'wd',
            isThrifty,
          )
        : []),
      ...(l1 && lasso !== undefined && lasso.loss <= limit
        ? around(own.filter(isPureLasso(own, l1)), lasso, 'l1', isThrifty)
        : []),
    ];
    const areNear = (one: Tried, other: Tried): boolean =>
      !isThrifty || Math.max(one.loss, other.loss) <= least * (1 + farBetween);
    const nets =
      wd && l1 && ridge !== undefined && lasso !== undefined && areNear(ridge, lasso) ? between(own, ridge, lasso) : [];
    const known = new Set(own.map(keyOf));
    return [...near, ...nets].filter((each) => {
      const key = keyOf(each);
      if (known.has(key)) return false;
      known.add(key);
      return true;
    });
  });
}

/** Share of loss by which a kind of penalty is too far behind to catch up by a finer step, at first and later. */
const farBehind = [0.1, 0.02] as const;
/** The same at most, and of what lies between the two, where weak penalties are dear. */
const farBetween = 0.05;
/** No folds tell neighbours apart that are nearer than this ratio. */
const ratioMin = 1.3;
/** Beyond the last of a path the next one is this many times weaker or stronger; where that is dear, no further than the one before. */
const ratioBeyond = 8;

const keyOf = ({ wd, l1 }: Penalty): string => `${wd} ${l1}`;

const best = (some: readonly Tried[]): Tried | undefined =>
  some.reduce<Tried | undefined>(
    (least, each) => (Number.isFinite(each.loss) && !(each.loss >= (least?.loss ?? Infinity)) ? each : least),
    undefined,
  );

/** Those whose wd is the trace that lassos share: nets have more. */
function isPureLasso(own: readonly Tried[], free: boolean): (each: Tried) => boolean {
  const trace = Math.min(...own.filter(({ l1 }) => l1 > 0).map(({ wd }) => wd));
  return (each) => free && each.l1 > 0 && each.wd === trace;
}

function around(kind: readonly Tried[], middle: Tried, axis: 'wd' | 'l1', isThrifty: boolean): Proposal[] {
  const at = (each: Tried): number => each[axis];
  const stronger = kind.filter((each) => at(each) > at(middle)).sort((a, b) => at(a) - at(b))[0];
  const weaker = kind.filter((each) => at(each) < at(middle) && at(each) > 0).sort((a, b) => at(b) - at(a))[0];
  const values: number[] = [];
  for (const neighbour of [stronger, weaker]) {
    if (neighbour === undefined) continue;
    const ratio = at(neighbour) / at(middle);
    if (ratio > ratioMin || ratio < 1 / ratioMin) values.push(Math.sqrt(at(neighbour) * at(middle)));
  }
  if (at(middle) > 0 && weaker === undefined && stronger !== undefined && !(isThrifty && hasTurned(kind, middle, at)))
    values.push(at(middle) / (isThrifty ? Math.min(ratioBeyond, at(stronger) / at(middle)) : ratioBeyond));
  if (at(middle) > 0 && stronger === undefined && weaker !== undefined) values.push(at(middle) * ratioBeyond);
  return values.map((value) => proposal({ ...middle, [axis]: value }, middle.theta));
}

/**
 * Whether the parabola through the last three of a path, over the logarithm of what varies, is at its lowest before the last,
 * which is the best of them.
 */
function hasTurned(kind: readonly Tried[], last: Tried, at: (each: Tried) => number): boolean {
  const [before, first] = kind.filter((each) => at(each) > at(last)).sort((a, b) => at(a) - at(b));
  if (first === undefined) return false;
  const [now, earlier] = [portableMath.log(at(before) / at(last)), portableMath.log(at(first) / at(before))];
  const [slope, slopeBefore] = [(last.loss - before.loss) / now, (before.loss - first.loss) / earlier];
  return slope + ((slope - slopeBefore) / (now + earlier)) * now >= 0;
}

/** Half of each; where that is the best so far, also what lies on both sides of it. */
function between(own: readonly Tried[], ridge: Tried, lasso: Tried): Proposal[] {
  const start = lasso.loss < ridge.loss ? lasso : ridge;
  const net = (share: number): Proposal =>
    proposal({ ...ridge, wd: (1 - share) * ridge.wd, l1: share * lasso.l1 }, start.theta);
  const nets = own.filter((each) => each.l1 > 0 && each.wd > lasso.wd);
  if (nets.length === 0) return [net(0.5)];
  const leader = best(nets);
  if (leader === undefined || leader.loss > Math.min(ridge.loss, lasso.loss)) return [];
  return [
    ...[0.25, 0.75].map(net),
    ...[0.6, 1.6].map((factor) =>
      proposal({ ...leader, wd: factor * leader.wd, l1: factor * leader.l1 }, leader.theta),
    ),
  ];
}

/** Engines differ in the last bit of a root: four digits are the same everywhere, and all that a penalty needs. */
const proposal = ({ wd, l1, positiveWeight }: Penalty, start: Float64Array): Proposal => ({
  wd: Number(wd.toPrecision(4)),
  l1: Number(l1.toPrecision(4)),
  positiveWeight,
  start,
});
