/** Rows of text in columns, two blanks apart, each line cut to the width; the last column takes what is left. */
export function inColumns(rows: readonly (readonly string[])[], width: number, { indent = 2 } = {}): string[] {
  const count = Math.max(...rows.map(({ length }) => length));
  const sizes = Array.from({ length: count - 1 }, (_, at) =>
    Math.min(columnMax, Math.max(...rows.map((row) => lengthOf(row[at] ?? '')))),
  );
  return rows.map((row) => {
    const cells = row.map((cell, at) => (at === count - 1 ? cell : padded(cut(cell, sizes[at]!), sizes[at]!)));
    return cut(`${' '.repeat(indent)}${cells.join('  ')}`.trimEnd(), width);
  });
}

const columnMax = 28;

const lengthOf = (text: string): number => [...text].length;
const padded = (text: string, size: number): string => text + ' '.repeat(Math.max(0, size - lengthOf(text)));

/** Text of at most this length; dots say that more was there. */
export function cut(text: string, length: number): string {
  const letters = [...text.replaceAll(/\s+(?=\n)|[\n\r\t]/g, ' ')];
  return letters.length <= length ? letters.join('') : `${letters.slice(0, Math.max(1, length - 3)).join('')}...`;
}
