import Table from 'cli-table3';
import colors from 'picocolors';

/** Writes the page: headings, lines, tables and bars, in colour where the terminal has it. */
export const page = {
  title(text: string, subtitle: string): void {
    write(`\n${colors.bold(text)}\n${colors.dim(subtitle)}\n`);
  },
  step(number: number, text: string, call: string): void {
    write(`\n${colors.cyan(String(number))}  ${colors.bold(text)}  ${colors.dim(call)}\n`);
  },
  line(text: string): void {
    write(`   ${text}\n`);
  },
  blank(): void {
    write('\n');
  },
  table(head: readonly string[], rows: readonly (readonly string[])[], numbersFrom = 1): void {
    const table = new Table({
      head: head.map((cell) => colors.dim(cell)),
      colAligns: head.map((_, column) => (column < numbersFrom ? 'left' : 'right')),
      style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 2 },
      chars: noBorders,
    });
    table.push(...rows.map((row) => [...row]));
    write(
      table
        .toString()
        .split('\n')
        .map((line) => `   ${line.trimEnd()}\n`)
        .join(''),
    );
  },
};

/** A bar of `share` (0 to 1) of `width` characters. */
export const bar = (share: number, width: number): string => {
  const eighths = Math.round(share * width * 8);
  const partial = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths % 8] ?? '';
  return '█'.repeat(eighths >> 3) + partial;
};

const write = (text: string): void => {
  process.stdout.write(text);
};

const noBorders = Object.fromEntries(
  [
    'top',
    'top-mid',
    'top-left',
    'top-right',
    'bottom',
    'bottom-mid',
    'bottom-left',
    'bottom-right',
    'left',
    'left-mid',
    'mid',
    'mid-mid',
    'right',
    'right-mid',
    'middle',
  ].map((part) => [part, '']),
);
