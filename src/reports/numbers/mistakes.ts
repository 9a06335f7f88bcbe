/** The rows on which the model is most wrong, by number, and what misled it. */

import type { Mistake } from './document.ts';
import type { ReportInput } from './input.ts';
import { calledClass } from './multiclass.ts';

const mistakesMax = 10;
const reasonsMax = 3;

interface Wrong {
  row: number;
  /** How wrong; the worst first. */
  badness: number;
  label: number | null;
  called: number | null;
  score: number;
  /** The direction in which the model's score should have been lower: 1 where it was too high. */
  towards: 1 | -1;
}

export function mistakesOf(input: ReportInput): Mistake[] {
  const worst = wrongRows(input)
    .sort((a, b) => b.badness - a.badness || a.row - b.row)
    .slice(0, mistakesMax);
  return worst.map(({ row, label, called, score, towards }) => ({
    row: input.rows.numbers[row],
    label,
    called,
    score: input.rowsShown ? score : Number(score.toPrecision(2)),
    because: because(input, row, towards),
  }));
}

function wrongRows({ task, rows, answers, classes }: ReportInput): Wrong[] {
  const { labels } = rows;
  const { scores, threshold, probabilities } = answers;
  const wrong: Wrong[] = [];
  for (let row = 0; row < labels.length; row += 1) {
    const label = labels[row];
    if (task === 'binary') {
      const called = Number(scores[row] >= threshold);
      if (called === label) continue;
      const badness = probabilities ? Math.abs(label - scores[row]) : Math.abs(scores[row] - threshold);
      wrong.push({ row, badness, label, called, score: scores[row], towards: called === 1 ? 1 : -1 });
    } else if (task === 'multiclass') {
      const called = calledClass(scores, row, classes.length);
      if (called === label) continue;
      const own = scores[row * classes.length + called];
      wrong.push({ row, badness: own - scores[row * classes.length + label], label, called, score: own, towards: 1 });
    } else {
      const residual = scores[row] - label;
      wrong.push({
        row,
        badness: Math.abs(residual),
        label: null,
        called: null,
        score: residual,
        towards: residual > 0 ? 1 : -1,
      });
    }
  }
  return wrong;
}

/** The columns that moved the score furthest the wrong way. Their amounts would give their values away. */
function because(
  { contributions, columns, rows, rowsShown }: ReportInput,
  row: number,
  towards: 1 | -1,
): Mistake['because'] {
  if (contributions === undefined) return [];
  const values = contributions(row);
  const order = Array.from(columns.keys())
    .filter((at) => values[at] * towards > 0)
    .sort((a, b) => Math.abs(values[b]) - Math.abs(values[a]));
  return order.slice(0, reasonsMax).map((at) => ({
    name: columns[at].name,
    direction: towards === 1 ? 'up' : 'down',
    ...(rowsShown && { by: values[at], value: rows.column(columns[at].column)[row] }),
  }));
}
