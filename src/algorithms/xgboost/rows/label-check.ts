import { DataError } from '../../../base/index.ts';

interface Allowed {
  text: string;
  allows(label: number): boolean;
}

/** What an objective takes for labels; undefined where it takes every number. */
function allowedLabels(objective: string, classCount: number): Allowed | undefined {
  switch (objective) {
    case 'binary:logistic':
    case 'binary:logitraw':
    case 'reg:logistic':
      return { text: 'labels from 0 to 1', allows: (label) => label >= 0 && label <= 1 };
    case 'binary:hinge':
      return { text: 'labels 0 or 1', allows: (label) => label === 0 || label === 1 };
    case 'multi:softmax':
    case 'multi:softprob':
      return {
        text: `whole numbers from 0 to ${classCount - 1} (num_class is ${classCount})`,
        allows: (label) => Number.isInteger(label) && label >= 0 && label < classCount,
      };
    case 'count:poisson':
    case 'reg:tweedie':
    case 'rank:ndcg':
    case 'rank:pairwise':
      return { text: 'labels of at least 0', allows: (label) => label >= 0 };
    case 'rank:map':
      return { text: 'labels 0 or 1', allows: (label) => label === 0 || label === 1 };
    case 'reg:gamma':
    case 'survival:aft':
      return { text: 'labels above 0', allows: (label) => label > 0 };
    case 'reg:squaredlogerror':
      return { text: 'labels above -1', allows: (label) => label > -1 };
    default:
      return undefined;
  }
}

/** A check of labels by the objective: the library has one too, but does not say in which row. */
export function labelCheck(
  objective: string,
  classCount: number,
): (labels: Float64Array, firstRow: number, file: string) => void {
  const allowed = allowedLabels(objective, classCount);
  if (allowed === undefined) return () => {};
  return (labels, firstRow, file) => {
    const wrong = labels.findIndex((label) => !allowed.allows(Math.fround(label)));
    if (wrong < 0) return;
    const row = firstRow + wrong;
    throw new DataError(
      `Row ${row} of "${file}" has the label ${labels[wrong]}: objective ${objective} needs ${allowed.text}`,
      {
        source: file,
        row,
        value: labels[wrong],
      },
    );
  };
}
