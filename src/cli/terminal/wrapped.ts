/** A help text in lines of at most this width, where words allow it. Further lines of a row stay in its last column. */
export const wrapped = (text: string, width: number): string =>
  text
    .split('\n')
    .map((line) => wrapLine(line, width, hangingOf(line, width)))
    .join('\n');

/** The width of the terminal, or what COLUMNS says where there is none; else 80. */
export const terminalWidth = (): number =>
  Math.max(widthMin, process.stdout.columns || Number.parseInt(process.env.COLUMNS ?? '', 10) || 80);

const widthMin = 40;

/** The indent of a line, with the first columns of a row: each ends in two blanks or more. */
const columns = /^\s*(?:\S+(?: \S+)* {2,})*/;

function hangingOf(line: string, width: number): number {
  const { length } = columns.exec(line)![0];
  const indent = line.length - line.trimStart().length;
  return length > indent && length < 0.6 * width ? length : indent === 0 ? 0 : indent + 2;
}

/** A line and its further lines, which begin after this many blanks. */
export function wrapLine(line: string, width: number, hanging: number): string {
  if (line.length <= width) return line;
  const lines: string[] = [];
  let current = '';
  // A word with the blanks before it. What stands in brackets belongs together.
  for (const [word] of line.matchAll(/\s*(?:\[[^\]]*\]|\S)+/g)) {
    if (current.trim() !== '' && current.length + word.length > width) {
      lines.push(current);
      current = ' '.repeat(hanging) + word.trimStart();
    } else current += word;
  }
  return [...lines, current].join('\n');
}
