/** The page that `linnet train` prints: what it found, what it decided, and how good the model is. */
import type { SplitFacts, TrainOutcome } from '../../modelling/index.ts';
import type { Warning } from '../../reports/index.ts';
import type { Decisions, Table } from '../../tables/index.ts';
import { inColumns } from '../terminal/columns.ts';
import { count, plural, three } from '../terminal/numbers.ts';
import { wrapLine } from '../terminal/wrapped.ts';
import { errorText, scoreSentences } from './score-text.ts';

/** Columns that are shown one by one; of wide tables, numbers without anything special are counted. */
const columnsShown = 40;

export function decisionsPage(table: Table, decisions: Decisions, split: SplitFacts, width: number): string {
  const { label, columns } = decisions;
  const plain = /^(whole )?numbers, (half of them below|mostly) [^;]*$/;
  const isWide = columns.length > columnsShown;
  const special = columns.filter(({ why }) => !isWide || !plain.test(why)).slice(0, 2 * columnsShown);
  const rest = columns.length - special.length;
  const left = columns.filter(({ as }) => as === 'left out');
  const rows = special.map(({ column, as, why }) => [column, as, why]);
  return lines(width, [
    `${table.name}: ${plural(table.columns.length, 'column')}; ${table.facts.join('; ')}`,
    '',
    `Predict ${label.column}: ${label.why}.`,
    '',
    ...inColumns([['column', 'becomes', 'because'], ...rows], width),
    ...(rest > 0 ? [`  and ${plural(rest, 'more column')}, all numbers`] : []),
    '',
    left.length === columns.length
      ? ''
      : 'Change a decision with --drop COLUMN, --keep COLUMN or --as COLUMN=category.',
    '',
    splitSentence(split),
    ...(split.passedOver > 0
      ? [`${plural(split.passedOver, 'row')} without a label ${split.passedOver === 1 ? 'is' : 'are'} passed over.`]
      : []),
    '',
  ]);
}

const splitSentence = ({ kind, folds, trainingRows }: SplitFacts): string =>
  kind === 'test'
    ? `${count(trainingRows)} rows train; every fifth row is held out for the score, and nothing is learned from it.`
    : `${count(trainingRows)} rows train. They are few, so ${folds}-fold cross-validation scores the model: each row by one that never saw it.`;

export interface Saved {
  file: string;
  /** The command that was typed, up to its name. */
  command: string;
  /** Of the report. */
  warnings: readonly Warning[];
}

export function outcomePage(outcome: TrainOutcome, { file, command, warnings }: Saved, width: number): string {
  const { compared, candidate, why, decisions, score, baseline } = outcome;
  const { label } = decisions;
  return lines(width, [
    ...(compared.length > 1
      ? [
          'Compared by cross-validation on training rows (lower is better):',
          ...inColumns(
            shownOf(compared, candidate).map((result) => [
              result.name,
              errorText(result.score, label),
              result.name === candidate ? 'chosen' : '',
            ]),
            width,
          ),
          wrapLine(`  Chosen: ${why}.`, width, 2),
          ...searched(compared, candidate).map((line) => wrapLine(line, width, 2)),
          ...costOfSimple(outcome).map((line) => wrapLine(line, width, 2)),
          '',
        ]
      : []),
    ...paragraph(scoreSentences(score, label, baseline), width),
    ...(outcome.split.kind === 'cross-validation' && compared.length > 1
      ? ['The model was chosen by the same rows, so expect slightly less from it.']
      : []),
    '',
    ...doubts(warnings).map((text) => `${text}.`),
    '',
    `Saved ${file} (${candidate}, ${plural(outcome.featureCount, 'feature')}, ${size(outcome.archive.length)}).`,
    `Next: ${command} predict ${quotedFile(file)} new.csv`,
    `      ${command} report ${quotedFile(file)}`,
    '',
  ]);
}

const doubtsShown = 3;

/** What makes the score itself doubtful: columns that give the label away, and labels that may be wrong. */
function doubts(warnings: readonly Warning[]): string[] {
  const found = warnings.filter(({ kind }) => kind === 'leakage' || kind === 'label-noise').map(({ text }) => text);
  const more = found.length - doubtsShown;
  return [
    ...found.slice(0, doubtsShown),
    ...(more > 0 ? [`The report names ${plural(more, 'more column')} like that`] : []),
  ];
}

const trialsShown = 5;

/** All candidates as they are by default, and of what a search tried the best, with the one that was chosen. */
function shownOf(compared: TrainOutcome['compared'], chosen: string): TrainOutcome['compared'] {
  const trials = compared
    .filter(({ values, name }) => values !== undefined && name !== chosen)
    .sort((a, b) => a.score.loss - b.score.loss)
    .slice(0, trialsShown);
  return compared.filter((each) => each.values === undefined || each.name === chosen || trials.includes(each));
}

/** The hyperparameters that a search chose, in a line. */
function searched(compared: TrainOutcome['compared'], chosen: string): string[] {
  const { values } = compared.find(({ name }) => name === chosen) ?? {};
  const texts = Object.entries(values ?? {}).map(([name, value]) => `${name} ${Number(Number(value).toPrecision(3))}`);
  return texts.length === 0 ? [] : [`  With ${texts.join(', ')}.`];
}

/** What the simplest candidate would cost where it was not chosen. */
function costOfSimple({ compared, candidate, decisions }: TrainOutcome): string[] {
  const [simplest] = compared;
  const chosen = compared.find(({ name }) => name === candidate);
  if (simplest === undefined || chosen === undefined || simplest === chosen) return [];
  // A trial of the same algorithm is no less simple.
  if (chosen.name.startsWith(`${simplest.name} #`)) return [];
  const difference = simplest.score.error.value - chosen.score.error.value;
  const isRegression = decisions.label.task === 'regression';
  const amount = isRegression ? three(Math.abs(difference)) : `${three(100 * Math.abs(difference))} points`;
  return [
    difference > 0
      ? `  ${simplest.name}, which is simpler to explain, costs ${amount}${isRegression ? ' of error' : ' of accuracy'} (--algorithm ${simplest.name})`
      : `  ${simplest.name}, which is simpler to explain, makes no more errors, but its scores are less exact`,
  ];
}

/** Sentences as one paragraph. */
const paragraph = (sentences: readonly string[], width: number): string[] => [wrapLine(sentences.join(' '), width, 0)];

const lines = (width: number, all: readonly string[]): string =>
  all
    .filter((line, at) => line !== '' || all[at - 1] !== '')
    .map((line) => (line.includes('\n') || line.startsWith('  ') ? line : wrapLine(line, width, 0)))
    .join('\n');

export const size = (bytes: number): string =>
  bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1000))} kB` : `${three(bytes / 1e6)} MB`;

const quotedFile = (file: string): string => (/^[\w./-]+$/.test(file) ? file : `'${file.replaceAll("'", "'\\''")}'`);
