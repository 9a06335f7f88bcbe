/** Numbers of the interval from 0 to 1 that depend on the seeds alone. */
export interface Random {
  uniform(): number;
  normal(): number;
}

/** Each list of seeds gives a sequence of its own. */
export function randomOf(...seeds: readonly number[]): Random {
  // Four words of state, stirred by each seed; the generator is sfc32 of Chris Doty-Humphrey's PractRand.
  let [a, b, c, counter] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 1];
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  for (const seed of seeds) {
    a ^= seed;
    b ^= Math.floor(seed / 2 ** 32);
    for (let round = 0; round < 12; round += 1) next();
  }
  return {
    uniform: next,
    normal() {
      // Box and Muller's transform; 1 - u is never 0.
      return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
    },
  };
}
