/** A line of CSV; a missing number is an empty cell. */
export const csvLine = (numbers: Iterable<number>): string =>
  [...numbers].map((number) => (Number.isNaN(number) ? '' : String(number))).join(',');
