/** The chance that a row of class 1 scores higher than one of class 0, ties counting half. NaN where a class has no rows. */
export function areaUnderCurve(labels: Float64Array, scores: Float64Array): number {
  const order = Uint32Array.from(labels.keys()).sort((a, b) => scores[a]! - scores[b]!);
  let [rank, sum, positives] = [0, 0, 0];
  while (rank < order.length) {
    let end = rank;
    while (end < order.length && scores[order[end]!] === scores[order[rank]!]) end += 1;
    const middle = (rank + 1 + end) / 2;
    for (; rank < end; rank++) {
      if (labels[order[rank]!] !== 1) continue;
      sum += middle;
      positives += 1;
    }
  }
  return (sum - (positives * (positives + 1)) / 2) / (positives * (order.length - positives));
}
