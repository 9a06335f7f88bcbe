/** Answers invocations as before, and explains those that ask for it. Without being asked it does nothing at all. */
import { DataError } from '../../base/index.ts';
import type { ExplainerSettings } from '../../contract/index.ts';
import { contentTypes, type RowBlock } from '../../formats/index.ts';
import { acceptedType } from '../serving/accepted-type.ts';
import { type Answer, type Invocation, type Invoke, plainText } from '../serving/answer.ts';
import { type Asked, askedIn } from './asked.ts';
import { clarifyAnswer } from './clarify.ts';
import { type ExplainedRow, type Explainer, explainRows } from './explain-rows.ts';
import type { AnyRows, ExplainedModel, Unexplained } from './explained-model.ts';
import type { ExplainedColumns } from './names.ts';

export interface Explaining {
  model: ExplainedModel | Unexplained;
  /** Of rows of features, and of raw rows by column. */
  columns: { plain: ExplainedColumns; prepared: ExplainedColumns | undefined };
  settings: ExplainerSettings;
  /** Of a batch transform: JSON Lines unless JSON is asked for. */
  batch: boolean;
}

/** Throws DataError for a baseline that is none of the model's. */
export function explainingInvoker({ model, columns, settings, batch }: Explaining, invoke: Invoke): Invoke {
  const explainer = explainerOf(model, settings.baseline);
  const inRows = (invocation: Invocation, accept: string | undefined): Answer | Promise<Answer> => {
    const type = acceptedType(accept, batch ? [...types].reverse() : types);
    if (type === undefined)
      return plainText(406, `Explanations are answered as ${types.join(' and ')}, not as ${accept}`);
    return asked(invocation, type, (answer, explained) => ({
      ...answer,
      body: type === contentTypes.json ? withRows(answer, explained()) : withLines(answer, explained()),
    }));
  };
  const inClarify = (
    invocation: Invocation,
    accept: string | undefined,
    explains: boolean,
  ): Answer | Promise<Answer> => {
    if (accept !== undefined && acceptedType(accept, [contentTypes.csv, ...types]) === undefined)
      return plainText(406, `Explained answers hold ${[contentTypes.csv, ...types].join(', ')}, not ${accept}`);
    return asked(invocation, accept ?? contentTypes.csv, (answer, explained, own) => ({
      status: 200,
      contentType: contentTypes.json,
      body: clarifyAnswer(
        { contentType: answer.contentType, text: textOf(answer) },
        explains ? explained() : undefined,
        own,
        settings,
      ),
    }));
  };
  /** Has the model answer, and notes the rows that it read. */
  const asked = (
    invocation: Invocation,
    accept: string,
    answerWith: (answer: Answer, explained: () => ExplainedRow[], columns: ExplainedColumns) => Answer,
  ): Answer | Promise<Answer> => {
    if ('why' in explainer) return plainText(400, `This model's predictions cannot be explained: ${explainer.why}`);
    let read: { rows: AnyRows; notes?: readonly (readonly string[])[] | undefined } | undefined;
    const finish = (answer: Answer): Answer => {
      if (answer.status !== 200 || read === undefined) return answer;
      const { rows, notes } = read;
      const own = notes === undefined ? columns.plain : (columns.prepared ?? columns.plain);
      return answerWith(answer, () => explainRows(explainer, rows, own, notes), own);
    };
    const answer = invoke({
      ...invocation,
      accept,
      onRows: (rows, notes) => {
        read = { rows, notes };
      },
    });
    return answer instanceof Promise ? answer.then(finish) : finish(answer);
  };
  return (invocation) => {
    const wish: Asked = askedIn(invocation);
    if ('problem' in wish) return plainText(406, wish.problem);
    if (wish.as === undefined) return invoke(invocation);
    return wish.as === 'rows' ? inRows(invocation, wish.accept) : inClarify(invocation, wish.accept, wish.explains);
  };
}

const types = [contentTypes.json, contentTypes.jsonLines];

function explainerOf(
  model: ExplainedModel | Unexplained,
  given: ExplainerSettings['baseline'],
): Explainer | Unexplained {
  if ('why' in model) return model;
  if (given === undefined && model.needsBaseline !== undefined) return { why: model.needsBaseline };
  return { model, partsOf: model.partsAgainst(given && baselineOf(model, given)) };
}

function baselineOf(
  { readRows, explanations }: ExplainedModel,
  given: NonNullable<ExplainerSettings['baseline']>,
): RowBlock {
  const rows = readRows(new TextEncoder().encode(given.text), given.contentType);
  if (rows.rowCount > 0 && rows.featureCount === explanations.featureCount) return rows;
  throw new DataError(
    `The ShapBaseline has ${rows.rowCount} rows of ${rows.featureCount} features; the model takes ${explanations.featureCount}`,
  );
}

const textOf = ({ body }: Answer): string => (typeof body === 'string' ? body : Buffer.from(body).toString());

/** What is no finite number in an answer of XGBoost is no JSON either; such answers hold no texts but their members' names. */
const parsed = (text: string): Record<string, unknown> => JSON.parse(text.replace(/NaN|-?Infinity/g, 'null'));

function withRows(answer: Answer, explained: readonly ExplainedRow[]): string {
  const { predictions, ...rest } = parsed(textOf(answer));
  const rows = predictions as object[];
  return JSON.stringify({
    ...rest,
    predictions: rows.map((row, at) => ({ ...row, explanation: explained[at]!.explanation })),
  });
}

const withLines = (answer: Answer, explained: readonly ExplainedRow[]): string =>
  textOf(answer)
    .split('\n')
    .filter((line) => line !== '')
    .map((line, at) => `${JSON.stringify({ ...parsed(line), explanation: explained[at]!.explanation })}\n`)
    .join('');
