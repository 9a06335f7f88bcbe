/** One invocation: bytes to tensors, tensors to answers, answers to bytes. */
import { DataError } from '../../../base/index.ts';
import { contentTypes, parseContentType } from '../../../formats/index.ts';
import { acceptedType } from '../../serving/accepted-type.ts';
import { type Answer, type Invocation, plainText } from '../../serving/answer.ts';
import type { OnnxModel } from './onnx-model.ts';
import type { InputPort } from './ports.ts';
import { readCsv } from './read-csv.ts';
import { readJson, readJsonLines } from './read-json.ts';
import type { RequestRows } from './request-rows.ts';
import { writeAnswer } from './write-answer.ts';

export interface InvokeOptions {
  /** Names of the outputs to answer, between commas; all where left out. */
  outputs: string | undefined;
  /** The type of answers to clients that ask for none; application/json where left out. */
  acceptDefault: string | undefined;
  /** It serves a batch transform, whose answers are a line for each row. */
  batch: boolean;
}

const readers: Readonly<Record<string, (body: Uint8Array, inputs: readonly InputPort[]) => RequestRows>> = {
  [contentTypes.csv]: readCsv,
  [contentTypes.json]: readJson,
  [contentTypes.jsonLines]: readJsonLines,
};
const offered = [contentTypes.json, contentTypes.jsonLines, contentTypes.csv];

/** Answers invocations with a model. Throws DataError for outputs and a default type that there are not. */
export function invoker(model: OnnxModel, options: InvokeOptions): (invocation: Invocation) => Promise<Answer> {
  const wanted = outputsOf(model, options.outputs);
  const typeDefault = options.acceptDefault ?? (options.batch ? contentTypes.jsonLines : contentTypes.json);
  if (!offered.some((type) => type === typeDefault))
    throw new DataError(
      `SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT is "${options.acceptDefault}"; it is one of ${offered.join(', ')}`,
    );
  return async ({ contentType, accept, body }) => {
    const { type } = parseContentType(contentType);
    const read = Object.hasOwn(readers, type) ? readers[type] : undefined;
    if (read === undefined) {
      const given = type === '' ? 'A missing Content-Type' : `Content-Type "${type}"`;
      return plainText(415, `${given} is not supported; use one of ${Object.keys(readers).join(', ')}`);
    }
    const answerType = acceptedType(accept, [typeDefault, ...offered]);
    if (answerType === undefined)
      return plainText(406, `Accept type "${accept}" is not supported; use one of ${offered.join(', ')}`);
    try {
      if (body.length === 0) throw new DataError('The request has an empty body');
      const rows = read(body, model.ports.inputs);
      if (rows.rowCount === 0) throw new DataError('The request has no rows');
      return { status: 200, contentType: answerType, body: writeAnswer(await model.score(rows, wanted), answerType) };
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      return plainText(400, error.message);
    }
  };
}

function outputsOf({ ports }: OnnxModel, names: string | undefined): string[] {
  const known = ports.outputs.map(({ name }) => name);
  if (names === undefined || names.trim() === '') return known;
  const wanted = names.split(',').map((name) => name.trim());
  const unknown = wanted.find((name) => !known.includes(name));
  if (unknown === undefined) return wanted;
  throw new DataError(`SAGEMAKER_INFERENCE_OUTPUT names "${unknown}"; the model has the outputs ${known.join(', ')}`);
}
