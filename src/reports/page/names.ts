/** What things of a report are called in sentences. */
import type { Report } from '../numbers/document.ts';
import { count, counted } from './words.ts';

export const labelName = ({ label }: Report): string => label ?? 'the label';

/** `malignant`, or `class 1` where the classes have no names. */
export const className = ({ classes }: Report, k: number): string => {
  const name = classes[k] ?? String(k);
  return name === String(k) ? `class ${k}` : name;
};

export const classNames = (report: Report): string[] => report.classes.map((_, k) => className(report, k));

/** Where the measured rows come from, to go on after "Of 114 rows". */
export function provenance({ heldOut }: Report): string {
  const ways: Readonly<Record<Report['heldOut']['from'], string>> = {
    validation: 'of the validation channel, which it was not fitted to',
    test: 'of the test channel, which it had never seen',
    folds: 'of training, each predicted by a model fitted without it',
    'leave-one-out': 'of training, each predicted by a model fitted without it',
    training: 'that it was trained on',
  };
  const part = heldOut.every > 1 ? ` (every ${ordinal(heldOut.every)} row)` : '';
  return `${ways[heldOut.from]}${part}`;
}

const ordinal = (value: number): string => `${count(value)}${value % 10 === 2 && value % 100 !== 12 ? 'nd' : 'th'}`;

export const rowsOf = (report: Report): string => counted(report.heldOut.rows, 'row');

/** The model is one of odds: its coefficients are log odds ratios. */
export const isLogistic = ({ model, task }: Report): boolean => task === 'binary' && model.facts.loss === 'logistic';
