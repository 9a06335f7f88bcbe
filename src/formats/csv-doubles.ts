import { cellEnd, cellText } from './csv-cell.ts';
import type { RowBlock } from './table.ts';

const LF = 10;
const CR = 13;
const SPACE = 32;
const COMMA = 44;
const MINUS = 45;
const DOT = 46;

/** Whole numbers below 2^53 and powers of ten up to 22 are doubles, so one division or product of them is rounded once. */
const wholeMax = 2 ** 53;
const powers = Float64Array.from({ length: 23 }, (_, power) => Number(`1e${power}`));

/**
 * The doubles nearest to the texts of CSV rows that are already read to `block`: `bytes` up to `end`, which holds no fault.
 * A second look at small data only, so that the reader of large ones need not make it.
 */
export function csvDoubles(
  bytes: Uint8Array,
  end: number,
  block: RowBlock,
  labelCount: number,
): NonNullable<RowBlock['doubles']> {
  const features = new Float64Array(block.features.length);
  const labels = new Float64Array(block.labels.length);
  let feature = 0;
  let row = 0;
  let p = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  while (p < end && row < block.rowCount) {
    if (isBlankLine(bytes, p)) {
      p = bytes.indexOf(LF, p) + 1;
      continue;
    }
    for (let column = 0; ; column++) {
      const start = p;
      let c = bytes[p]!;
      while (c === SPACE) c = bytes[++p]!;
      const negative = c === MINUS;
      if (negative) c = bytes[++p]!;
      let whole = 0;
      let digits = p;
      while (c >= 48 && c <= 57) {
        whole = whole * 10 + (c - 48);
        c = bytes[++p]!;
      }
      digits = p - digits;
      let power = 0;
      if (c === DOT) {
        const fraction = ++p;
        c = bytes[p]!;
        while (c >= 48 && c <= 57) {
          whole = whole * 10 + (c - 48);
          c = bytes[++p]!;
        }
        power = p - fraction;
        digits += power;
      }
      let value: number;
      if (digits > 0 && whole < wholeMax && power <= 22 && (c === COMMA || c === LF || c === CR)) {
        value = whole / powers[power]!;
        if (negative) value = -value;
      } else {
        p = cellEnd(bytes, start);
        c = bytes[p]!;
        value = Number(cellText(bytes, start, p));
      }
      if (column >= labelCount) features[feature++] = value;
      else labels[row] = value;
      if (c === CR) p++;
      p++;
      if (c !== COMMA) break;
    }
    row++;
  }
  return { features, labels };
}

/** A last row of nothing but blanks counts as none. */
function isBlankLine(bytes: Uint8Array, start: number): boolean {
  let p = start;
  while (bytes[p] === SPACE || bytes[p] === 9 || bytes[p] === CR) p++;
  return bytes[p] === LF;
}
