import { cholesky, choleskySolve } from './cholesky.ts';

/**
 * Minimises g . x + x H x / 2 + sum of l1[j] |from[j] + x[j]| over x; H is a full symmetric matrix. Coordinate descent
 * finds which of from + x are 0, and as soon as it hesitates Newton steps on the others, cut where a sign would change,
 * end exactly. `x` is where to begin, and is changed.
 */
export function lassoQuadratic(
  H: Float64Array,
  g: Float64Array,
  l1: Float64Array,
  from: Float64Array,
  x: Float64Array,
  tolerance: number,
): void {
  const size = g.length;
  // Gradient of the smooth part at x.
  const slope = g.slice();
  for (let i = 0; i < size; i += 1) {
    if (x[i] === 0) continue;
    for (let j = 0; j < size; j += 1) slope[j] += H[i * size + j] * x[i];
  }
  for (let round = 0; round < roundsMax; round += 1) {
    sweep(H, l1, from, x, slope, false);
    for (let pass = 0; pass < passesMax; pass += 1) if (sweep(H, l1, from, x, slope, true) === 0) break;
    for (let cut = 0; cut <= size && exactStep(H, l1, from, x, slope); cut += 1);
    if (violation(l1, from, x, slope) <= tolerance) return;
  }
}

const roundsMax = 60;
const passesMax = 4;

function change(H: Float64Array, x: Float64Array, slope: Float64Array, j: number, by: number): void {
  const size = x.length;
  x[j] += by;
  const row = j * size;
  for (let i = 0; i < size; i += 1) slope[i] += H[row + i] * by;
}

/** One pass of coordinate descent, over all coordinates or those other than 0; returns how many moved. */
function sweep(
  H: Float64Array,
  l1: Float64Array,
  from: Float64Array,
  x: Float64Array,
  slope: Float64Array,
  activeOnly: boolean,
): number {
  const size = x.length;
  let moved = 0;
  for (let j = 0; j < size; j += 1) {
    const now = from[j] + x[j];
    if (activeOnly && now === 0) continue;
    const curvature = H[j * size + j];
    if (!(curvature > 0)) continue;
    const aim = now - slope[j] / curvature;
    const limit = l1[j] / curvature;
    const next = aim > limit ? aim - limit : aim < -limit ? aim + limit : 0;
    if (next === now) continue;
    change(H, x, slope, j, next - now);
    // Exactly 0, not the rounding of a difference.
    if (next === 0) x[j] = -from[j];
    if (Math.abs(next - now) > 1e-14 * Math.abs(next)) moved += 1;
  }
  return moved;
}

/**
 * A Newton step on the coordinates other than 0 with their signs kept; where one would change, the step ends there and
 * that coordinate becomes 0. Returns whether it was cut so.
 */
function exactStep(
  H: Float64Array,
  l1: Float64Array,
  from: Float64Array,
  x: Float64Array,
  slope: Float64Array,
): boolean {
  const size = x.length;
  const active: number[] = [];
  for (let j = 0; j < size; j += 1) if ((from[j] + x[j] !== 0 || l1[j] === 0) && H[j * size + j] > 0) active.push(j);
  const count = active.length;
  if (count === 0) return false;
  const A = new Float64Array(count * count);
  const r = new Float64Array(count);
  active.forEach((j, at) => {
    r[at] = slope[j] + l1[j] * Math.sign(from[j] + x[j]);
    for (let other = 0; other <= at; other += 1) A[at * count + other] = H[j * size + active[other]];
  });
  const step = choleskySolve(cholesky(A, count), r);
  let share = 1;
  let first = -1;
  active.forEach((j, at) => {
    const now = from[j] + x[j];
    if (l1[j] === 0 || step[at] === 0 || Math.sign(now) !== Math.sign(step[at])) return;
    const reach = now / step[at];
    if (reach < share) {
      share = reach;
      first = j;
    }
  });
  active.forEach((j, at) => {
    change(H, x, slope, j, -share * step[at]);
  });
  if (first < 0) return false;
  change(H, x, slope, first, -(from[first] + x[first]));
  x[first] = -from[first];
  return true;
}

/** Largest distance of a subgradient from 0. */
function violation(l1: Float64Array, from: Float64Array, x: Float64Array, slope: Float64Array): number {
  let most = 0;
  for (let j = 0; j < x.length; j += 1) {
    const now = from[j] + x[j];
    const off = now === 0 ? Math.abs(slope[j]) - l1[j] : Math.abs(slope[j] + l1[j] * Math.sign(now));
    most = Math.max(most, off);
  }
  return most;
}
