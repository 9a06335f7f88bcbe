// Coordinate descent: J. Friedman, T. Hastie and R. Tibshirani, J. Stat. Softw. 33 (2010) 1; active sets: J. Nocedal and
// S. Wright, Numerical Optimization (2006), chapter 16.
import { addRow } from '../linear-algebra/add-row.ts';
import { cholesky, choleskySolve, type Factor } from '../linear-algebra/cholesky.ts';

/**
 * Minimises g . x + x H x / 2 + sum of l1[j] |from[j] + x[j]| over x; H is a full symmetric matrix. Coordinate descent
 * finds which of from + x are 0, and after `passesMax` passes Newton steps on the others, cut where a sign would change,
 * end exactly. `x` is where to begin, and is changed.
 */
export function lassoQuadratic(
  H: Float64Array,
  g: Float64Array,
  l1: Float64Array,
  from: Float64Array,
  x: Float64Array,
  tolerance: number,
  passesMax = 4,
): void {
  const size = g.length;
  // Gradient of the smooth part at x.
  const slope = g.slice();
  for (let i = 0; i < size; i += 1) {
    if (x[i] !== 0) addRow(slope, H, i * size, x[i]);
  }
  for (let round = 0; round < roundsMax; round += 1) {
    sweep(H, l1, from, x, slope, false);
    for (let pass = 1; pass <= passesMax; pass += 1) {
      if (sweep(H, l1, from, x, slope, true) === 0) break;
      if (pass % lookEvery === 0 && violation(l1, from, x, slope) <= tolerance) return;
    }
    for (let turn = 0; turn <= size && exactSteps(H, l1, from, x, slope); turn += 1);
    if (violation(l1, from, x, slope) <= tolerance) return;
  }
}

const roundsMax = 60;
/** Passes between two looks at how much is left. */
const lookEvery = 5;

function change(H: Float64Array, x: Float64Array, slope: Float64Array, j: number, by: number): void {
  x[j] += by;
  addRow(slope, H, j * x.length, by);
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
 * Newton steps on the coordinates other than 0 with their signs kept; where one would change, the step ends there, that
 * coordinate becomes 0 and stays so. One factor serves all steps: each coordinate held at 0 is a constraint more, whose
 * multiplier a solve and a row of the small factor of the constraints bring. Returns whether held coordinates became so
 * many that another factor is due.
 */
function exactSteps(
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
  const sign = new Float64Array(count);
  const now = new Float64Array(count);
  active.forEach((j, at) => {
    now[at] = from[j] + x[j];
    sign[at] = Math.sign(now[at]);
    for (let other = 0; other <= at; other += 1) A[at * count + other] = H[j * size + active[other]];
  });
  const factor = cholesky(A, count);
  const held: Held = { at: [], columns: [], rows: [] };
  const isHeld = new Uint8Array(count);
  const heldMax = Math.max(1, count >> 2);
  // The first turn does the work, and the others what the factor's ridge and rounding left undone.
  for (let turn = 0; turn < turnsMax; turn += 1) {
    const whole = choleskySolve(
      factor,
      active.reduce((r, j, at) => r.fill(slope[j] + l1[j] * sign[at], at, at + 1), new Float64Array(count)),
    );
    let isDue = false;
    for (let first = 0; first >= 0 && !isDue; ) {
      first = stepOrCut(whole, constrained(whole, held), now, isHeld, (at) => l1[active[at]] > 0);
      isDue = first >= 0 && (held.at.length === heldMax || !hold(held, first, factor));
    }
    active.forEach((j, at) => {
      const by = now[at] - (from[j] + x[j]);
      if (by === 0) return;
      change(H, x, slope, j, by);
      // Exactly 0, not the rounding of a difference.
      if (isHeld[at] === 1) x[j] = -from[j];
    });
    if (isDue) return true;
  }
  return false;
}

const turnsMax = 3;

/**
 * Takes `step` away from `now` and from what the whole step still is, up to where a sign would change; returns which,
 * now held at 0, or -1.
 */
function stepOrCut(
  whole: Float64Array,
  step: Float64Array,
  now: Float64Array,
  isHeld: Uint8Array,
  hasSign: (at: number) => boolean,
): number {
  let share = 1;
  let first = -1;
  for (let at = 0; at < step.length; at += 1) {
    if (isHeld[at] === 1 || now[at] * step[at] <= 0) continue;
    const reach = now[at] / step[at];
    if (reach >= share || !hasSign(at)) continue;
    share = reach;
    first = at;
  }
  for (let at = 0; at < step.length; at += 1) {
    if (isHeld[at] === 1) continue;
    now[at] -= share * step[at];
    whole[at] -= share * step[at];
  }
  if (first < 0) return first;
  whole[first] -= now[first];
  now[first] = 0;
  isHeld[first] = 1;
  return first;
}

/** Coordinates held at 0: columns of the inverse for each, and the Cholesky factor of the inverse's part at them. */
interface Held {
  at: number[];
  columns: Float64Array[];
  rows: Float64Array[];
}

/** The step that leaves held coordinates where they are. */
function constrained(whole: Float64Array, { at, columns, rows }: Held): Float64Array {
  const step = whole.slice();
  const held = at.length;
  const multipliers = new Float64Array(held);
  for (let i = 0; i < held; i += 1) {
    let sum = whole[at[i]];
    for (let k = 0; k < i; k += 1) sum -= rows[i][k] * multipliers[k];
    multipliers[i] = sum / rows[i][i];
  }
  for (let i = held - 1; i >= 0; i -= 1) {
    multipliers[i] /= rows[i][i];
    for (let k = 0; k < i; k += 1) multipliers[k] -= rows[i][k] * multipliers[i];
  }
  for (let i = 0; i < held; i += 1) {
    const column = columns[i];
    for (let j = 0; j < step.length; j += 1) step[j] -= multipliers[i] * column[j];
  }
  return step;
}

/** Holds one more; false where it depends on those held already to rounding. */
function hold(held: Held, which: number, factor: Factor): boolean {
  const unit = new Float64Array(factor.size);
  unit[which] = 1;
  const column = choleskySolve(factor, unit);
  const count = held.at.length;
  const row = new Float64Array(count + 1);
  let left = column[which];
  for (let i = 0; i < count; i += 1) {
    let sum = column[held.at[i]];
    for (let k = 0; k < i; k += 1) sum -= row[k] * held.rows[i][k];
    row[i] = sum / held.rows[i][i];
    left -= row[i] * row[i];
  }
  if (!(left > 1e-10 * column[which])) return false;
  row[count] = Math.sqrt(left);
  held.at.push(which);
  held.columns.push(column);
  held.rows.push(row);
  return true;
}

/** Largest distance of a subgradient from 0. */
export function violation(l1: Float64Array, from: Float64Array, x: Float64Array, slope: Float64Array): number {
  let most = 0;
  for (let j = 0; j < x.length; j += 1) {
    const now = from[j] + x[j];
    const off = now === 0 ? Math.abs(slope[j]) - l1[j] : Math.abs(slope[j] + l1[j] * Math.sign(now));
    most = Math.max(most, off);
  }
  return most;
}
