/** Selectable inference: the variable SAGEMAKER_INFERENCE_OUTPUT names what an answer holds for each row. */
import { DataError } from '../../../base/index.ts';
import type { Answers } from '../../../learners/index.ts';
import type { Ensemble } from './ensemble.ts';

const keys = [
  'predicted_label',
  'labels',
  'probability',
  'probabilities',
  'raw_score',
  'raw_scores',
  'predicted_score',
] as const;
export type SelectedKey = (typeof keys)[number];

/** Throws DataError for a name that there is not; undefined where nothing is selected. */
export function selectedKeys(text: string | undefined): readonly SelectedKey[] | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  return text
    .toLowerCase()
    .split(',')
    .map((part) => part.trim())
    .map((name) => {
      const key = keys.find((each) => each === name);
      if (key !== undefined) return key;
      throw new DataError(
        `SAGEMAKER_INFERENCE_OUTPUT has "${name}"; it takes ${keys.join(', ')}, with commas between them`,
      );
    });
}

/** A number, several of them, or NaN for what this objective does not have. */
export type Selected = number | readonly number[];

/** What is selected of a row, in the order in which it was asked for. */
export function selectedContent(
  { objective, groupCount }: Ensemble,
  { values, width }: Answers,
  selected: readonly SelectedKey[],
): (row: number) => Selected[] {
  return (row) => {
    const answer = values.subarray(row * width, (row + 1) * width);
    return selected.map((key) => contentOf(key, objective, answer, groupCount));
  };
}

function contentOf(key: SelectedKey, objective: string, answer: Float32Array, groupCount: number): Selected {
  const first = answer[0]!;
  if (objective === 'multi:softprob') return multiclassContent(key, answer);
  const hasClasses = objective.startsWith('binary:') || objective.startsWith('multi:');
  if (!hasClasses) return key === 'predicted_score' ? first : Number.NaN;
  const pair = [1 - first, first];
  const probabilities = objective === 'binary:logistic';
  switch (key) {
    case 'predicted_label':
      return objective === 'binary:logistic'
        ? Number(first > 0.5)
        : objective === 'binary:logitraw'
          ? Number(first > 0)
          : first;
    case 'labels':
      return objective === 'multi:softmax' ? range(groupCount) : [0, 1];
    case 'probability':
      return probabilities ? first : Number.NaN;
    case 'probabilities':
      return probabilities ? pair : Number.NaN;
    case 'raw_score':
      return first;
    case 'raw_scores':
      return pair;
    default:
      return Number.NaN;
  }
}

function multiclassContent(key: SelectedKey, answer: Float32Array): Selected {
  switch (key) {
    case 'predicted_label':
      return answer.indexOf(Math.max(...answer));
    case 'labels':
      return range(answer.length);
    case 'probability':
    case 'raw_score':
      return Math.max(...answer);
    case 'probabilities':
    case 'raw_scores':
      return Array.from(answer);
    default:
      return Number.NaN;
  }
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
