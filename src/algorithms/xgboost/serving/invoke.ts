/** One invocation: bytes to rows, rows to answers, answers to bytes. */
import { DataError } from '../../../base/index.ts';
import { contentTypes } from '../../../formats/index.ts';
import { acceptedType } from '../../serving/accepted-type.ts';
import { type Answer, type Invocation, plainText } from '../../serving/answer.ts';
import { type Ensemble, explainEnsemble, scoreEnsemble } from './ensemble.ts';
import { dense, readRows, WidthError } from './read-rows.ts';
import { type SelectedKey, selectedContent } from './selected-content.ts';
import { type CsvLayout, type RowContent, writeAnswers } from './write-answers.ts';

export interface InvokeOptions {
  /** What an answer holds for each row; left out, the score alone. */
  selected: readonly SelectedKey[] | undefined;
  /** The type of answers to clients that ask for none; text/csv where left out. */
  acceptDefault: string | undefined;
  csv: CsvLayout;
}

const offered = [contentTypes.csv, contentTypes.json, contentTypes.jsonLines, contentTypes.recordIo] as const;
type AnswerType = (typeof offered)[number];

/** Answers invocations with the models. Throws DataError for a default type that there is not. */
export function invoker(ensemble: Ensemble, options: InvokeOptions): (invocation: Invocation) => Answer {
  const typeDefault = typeOf(options.acceptDefault, contentTypes.csv);
  if (typeDefault === undefined)
    throw new DataError(
      `SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT is "${options.acceptDefault}"; it is one of ${offered.join(', ')}`,
    );
  return ({ contentType, accept, body, prepared, onRows }) => {
    if (body.length === 0) return { status: 204, contentType: typeDefault, body: '' };
    const type = typeOf(accept, typeDefault);
    if (type === undefined)
      return plainText(
        406,
        `Accept type ${accept} is not supported. Please use supported accept types: ${offered.join(', ')}`,
      );
    const contributions = contributionsIn(accept);
    if (contributions !== undefined && !/^(true|false)$/i.test(contributions))
      return plainText(406, `Accept has contributions=${contributions}; it takes true or false`);
    const explained = contributions?.toLowerCase() === 'true';
    if (explained && type !== contentTypes.json && type !== contentTypes.jsonLines)
      return plainText(
        406,
        `Contributions are answered as ${contentTypes.json} and ${contentTypes.jsonLines}, not as ${type}`,
      );
    try {
      const rows = prepared === undefined ? readRows(body, contentType, ensemble.featureCount) : dense(prepared);
      onRows?.('features' in rows ? { ...rows, labels: noLabels } : rows);
      const answers = scoreEnsemble(ensemble, rows);
      const content: RowContent = {
        answers,
        ...(options.selected && {
          selected: { keys: options.selected, of: selectedContent(ensemble, answers, options.selected) },
        }),
        ...(explained && { contributions: explainEnsemble(ensemble, rows), groupCount: ensemble.groupCount }),
      };
      return { status: 200, contentType: type, body: writeAnswers(content, type, options.csv) };
    } catch (error) {
      if (error instanceof WidthError) return plainText(400, `Unable to evaluate payload provided: ${error.message}`);
      if (error instanceof DataError) return plainText(415, error.message);
      throw error;
    }
  };
}

const noLabels = new Float64Array(0);

const typeOf = (accept: string | undefined, otherwise: AnswerType): AnswerType | undefined =>
  acceptedType(accept, [otherwise, ...offered]) as AnswerType | undefined;

/** The value in `Accept: application/json; contributions=true`, our own. */
const contributionsIn = (accept = ''): string | undefined =>
  /;\s*contributions\s*=\s*"?([^\s",;]*)"?\s*(?:[;,]|$)/i.exec(accept.slice(0, acceptLengthMax))?.[1];

const acceptLengthMax = 1024;
