/** Lower triangular factors of symmetric matrices, row after row in one array. */
export interface Factor {
  size: number;
  lower: Float64Array;
}

/** L with L L' = A, of which only the lower half is read; undefined when A is not positive definite. */
export function factorOf(matrix: Float64Array, size: number): Factor | undefined {
  const lower = new Float64Array(size * size);
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column <= row; column += 1) {
      let sum = matrix[row * size + column]!;
      for (let k = 0; k < column; k += 1) sum -= lower[row * size + k]! * lower[column * size + k]!;
      if (row === column && !(sum > 0)) return undefined;
      lower[row * size + column] = row === column ? Math.sqrt(sum) : sum / lower[column * size + column]!;
    }
  }
  return { size, lower };
}

/** x with L x = b. */
export function solveLower({ size, lower }: Factor, b: Float64Array): Float64Array {
  const x = Float64Array.from(b);
  for (let row = 0; row < size; row += 1) {
    let sum = x[row]!;
    for (let k = 0; k < row; k += 1) sum -= lower[row * size + k]! * x[k]!;
    x[row] = sum / lower[row * size + row]!;
  }
  return x;
}

/** x with L' x = b. */
export function solveUpper({ size, lower }: Factor, b: Float64Array): Float64Array {
  const x = Float64Array.from(b);
  for (let row = size - 1; row >= 0; row -= 1) {
    const value = x[row]! / lower[row * size + row]!;
    x[row] = value;
    for (let k = 0; k < row; k += 1) x[k]! -= lower[row * size + k]! * value;
  }
  return x;
}

/** The inverse of A. */
export function inverseOf(factor: Factor): Float64Array {
  const { size } = factor;
  const inverse = new Float64Array(size * size);
  for (let column = 0; column < size; column += 1) {
    const unit = new Float64Array(size);
    unit[column] = 1;
    inverse.set(solveUpper(factor, solveLower(factor, unit)), column * size);
  }
  return inverse;
}
