import { shown } from '../cell.ts';
import type { ColumnProfile } from '../profile/profile.ts';

/** Below so many rows, values that are all different say little. */
const rowsMin = 20;
/** From this share of distinct values on, words are names of rows. */
const nearlyUnique = 0.9;
/** Texts of more words than these on average are sentences. */
const wordsOfSentences = 4;
/** More words than this in a category are too many to see each often enough. */
const distinctMax = 1000;

const idName =
  /^(?:id|idx|index|uid|uuid|guid|key|rowid|rownum|row|no|nr|unnamed:? ?\d*|column_1)$|(?:^|[ _.-])(?:id|uuid|guid|index)$|^(?:id|row)[ _.-]|[a-z]I[dD]$|(?:nr|nummer|number|numero|no|code)$/;

/** Why a column says nothing that could be learned; undefined where it may. */
export function whyLeftOut(column: ColumnProfile): string | undefined {
  const { name, kind, distinct, count, missing, sameAs, levels, number, text } = column;
  const present = count - missing;
  if (kind === 'empty') return 'it has no values';
  if (distinct === 1 && missing === 0) return `it is ${shown(levels[0]![0])} in every row`;
  if (sameAs !== undefined) return `it has the same values as ${shown(sameAs)}`;
  if (present < rowsMin) return undefined;
  const isUnique = distinct >= (column.distinctIsExact ? 1 : 0.93) * present;
  const hasIdName = idName.test(name) || idName.test(name.toLowerCase());
  if (kind === 'number') {
    if (number!.isCounting) return 'it counts the rows';
    if (number!.isCode && distinct >= nearlyUnique * present) return 'codes that nearly all differ: they name the rows';
    if (number!.isWhole && isUnique && hasIdName)
      return name === 'column_1'
        ? 'the first column, whole numbers that all differ: an identifier'
        : 'an identifier by its name, and all values differ';
    return undefined;
  }
  if (kind === 'date' || text === undefined) return undefined;
  if (text.meanWords >= wordsOfSentences && distinct > 0.2 * present)
    return `it is text: --as ${argument(name)}=words learns from its words`;
  if (distinct >= nearlyUnique * present) return 'nearly all values differ: they name the rows';
  if (distinct > distinctMax && distinct > 0.3 * present)
    return `it has ${distinct} different words, too few rows each`;
  return undefined;
}

/** A name as it can be typed into a shell. */
const argument = (name: string): string => (/^[\w.-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`);
