/**
 * exp and log of single-precision numbers, with the very bits of glibc's `expf` and `logf`, which XGBoost calls: their last
 * bit is not always the nearest one. Method and constants: S. Nagy, ARM optimized routines; held against libm in the tests.
 */

const stepCount = 32;
const halfPowers = Float64Array.from({ length: stepCount }, (_, step) => 2 ** (step / stepCount));
const perStep = Math.LOG2E * stepCount;
/** Of 2^(r/32) - 1 about 0: of r, r^2 and r^3. */
const expCubic = 0.05550361559341535 / stepCount ** 3;
const expSquare = 0.2402284522445722 / stepCount ** 2;
const expLinear = 0.6931471806916203 / stepCount;
const overflowAbove = 88.72283172607422;
const underflowBelow = -103.97207641601562;

/** `expf(x)` of a single-precision x. */
export function expSingle(x: number): number {
  if (Number.isNaN(x)) return Number.NaN;
  if (x > overflowAbove) return Number.POSITIVE_INFINITY;
  if (x < underflowBelow) return 0;
  const z = perStep * x;
  const step = Math.round(z);
  const r = z - step;
  const y = (expCubic * r + expSquare) * (r * r) + (expLinear * r + 1);
  return Math.fround(y * halfPowers[step & (stepCount - 1)]! * 2 ** (step >> 5));
}

/** For each sixteenth of an octave, a reciprocal near its middle, and that one's logarithm, negated. */
const reciprocals = Float64Array.of(
  ...[1.398907162146528, 1.3403141896637998, 1.286432210124115, 1.2367150214269895, 1.1906977166711752],
  ...[1.1479821020556429, 1.1082251448272158, 1.0711297413057381, 1.036437278977283, 1, 0.9492859795739057],
  ...[0.8951049428609004, 0.8476821620351103, 0.8050314851692001, 0.7664671008843108, 0.731428603316328],
);
const logarithms = Float64Array.of(
  ...[-0.33569133332882284, -0.2929040563774074, -0.2518726580937369, -0.21245868807117255, -0.17453945183745634],
  ...[-0.1380057072319758, -0.10275976698545139, -0.06871392447020525, -0.0357891387398228, 0, 0.05204517742929496],
  ...[0.11081431298787942, 0.1652495223695143, 0.21687389031699977, 0.2659635028121397, 0.3127556664073557],
);
/** Of log(1 + r) - r: of r^2, r^3 and r^4. */
const logSquare = -0.4999997485802103;
const logCube = 0.333456765744066;
const logFourth = -0.25089342214237154;

const word = new Uint32Array(1);
const float = new Float32Array(word.buffer);
/** Bits of the number at which octaves are taken to begin, about 0.7. */
const octaveBits = 0x3f330000;

/** `logf(x)` of a single-precision x that is positive, finite and normal. */
export function logSingle(x: number): number {
  float[0] = x;
  const bits = word[0]! - octaveBits;
  const index = (bits >> 19) & 15;
  const octave = bits >> 23;
  word[0] = word[0]! - (octave << 23);
  const r = float[0] * reciprocals[index]! - 1;
  const r2 = r * r;
  const high = logFourth * r2 + (logCube * r + logSquare);
  return Math.fround(high * r2 + (logarithms[index]! + octave * Math.LN2 + r));
}
