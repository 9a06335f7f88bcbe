/** Powers of ten as sums of two doubles, high + low, off by less than 2^-105 of themselves. */

/** Powers from -60 to 60 are there; 10^p stands at place p + powerMax. */
export const powerMax = 60;

export const powersOfTen = makePowers();

function makePowers(): { high: Float64Array; low: Float64Array } {
  const high = Float64Array.from({ length: 2 * powerMax + 1 }, (_, at) => Number(`1e${at - powerMax}`));
  return { high, low: high.map((value, at) => restOf(value, at - powerMax)) };
}

/** 10^power - value, which is the double nearest to it. */
function restOf(value: number, power: number): number {
  if (power >= 0) return Number(10n ** BigInt(power) - BigInt(value));
  let scale = 0;
  let whole = value;
  while (!Number.isInteger(whole)) {
    whole *= 2;
    scale += 1;
  }
  const divisor = 10n ** BigInt(-power);
  return Number((1n << BigInt(scale)) - BigInt(whole) * divisor) / Number(divisor) / 2 ** scale;
}
