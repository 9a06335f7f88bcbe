import { DataError, type Json, type JsonObject, messageOf } from '../../../../base/index.ts';
import { rowsOf } from './csv-row.ts';
import { atRecord, checkCount, formatOf } from './format.ts';
import type { Handler, Processing } from './handling.ts';
import { isJsonObject } from './json-object.ts';
import { select } from './json-path.ts';
import { type JsonText, jsonFor } from './lossless.ts';

/** The byte order mark, which is no JSON. */
const mark = '\ufeff';

/** Documents, one a body or one a line: a join adds the answer to the document under `SageMakerOutput`. */
export function jsonHandler(processing: Processing): Handler {
  const { inputFilter, outputFilter, join, inference, document, accept } = processing;
  return (body, first) => {
    const text = textOf(body);
    const sent = first === 1 && text.startsWith(mark) ? text.slice(mark.length) : text;
    const texts = document ? [sent] : rowsOf(sent);
    const reads = inputFilter.length > 0 || join;
    const sentJson = jsonFor(sent);
    const values = reads
      ? texts.map((text, at) => atRecord(first + at, () => parsed(sentJson, text, 'the input')))
      : [];
    const filtered = (): Buffer =>
      bytesOf(
        values.map((value, at) => sentJson.stringify(atRecord(first + at, () => select(value, inputFilter)))),
        document,
      );
    return {
      records: texts.length,
      body: inputFilter.length === 0 ? body : filtered(),
      output(answer) {
        const answered = textOf(answer.body);
        const format = formatOf(accept) ?? formatOf(answer.headers['content-type']) ?? 'json';
        if (format === 'csv')
          throw new DataError(
            'Failed to parse output from the algorithm as JSON: it answers CSV. Set Accept to the type of the input',
          );
        const json = jsonFor(sent, answered);
        const whole = document && format === 'json';
        const answers = whole ? [answered] : rowsOf(answered);
        if (join) checkCount(values.length, answers.length);
        // The texts are read again where a long integer of the answer needs all its digits.
        const inputs = !join || json === sentJson ? values : texts.map((text) => parsed(json, text, 'the input'));
        const written = answers.map((text, at) =>
          atRecord(first + at, () => {
            const output = parsed(json, text, 'the answer of the program');
            const joined = join ? joinedOf(inputs[at]!, output) : output;
            const kept = select(joined, outputFilter);
            return json.stringify(inference === undefined ? kept : withInference(kept, inference));
          }),
        );
        return bytesOf(written, whole);
      },
    };
  };
}

/** With its names in order, as Amazon writes them. */
function joinedOf(input: Json, output: Json): Json {
  const joined = isJsonObject(input)
    ? { ...input, SageMakerOutput: output }
    : { SageMakerInput: input, SageMakerOutput: output };
  const names = Object.keys(joined).sort();
  return Object.fromEntries(names.map((name) => [name, (joined as JsonObject)[name]!]));
}

function withInference(value: Json, { newId, time }: NonNullable<Processing['inference']>): Json {
  const record: JsonObject = isJsonObject(value) ? value : { SageMakerOutput: value };
  return { ...record, SageMakerInferenceId: newId(), SageMakerInferenceTime: time };
}

function parsed(json: JsonText, text: string, what: string): Json {
  try {
    return json.parse(text);
  } catch (thrown) {
    throw new DataError(`${what} is not JSON: ${messageOf(thrown)}`);
  }
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();

/** A document as it is; of lines each with its end. */
const bytesOf = (texts: readonly string[], document: boolean): Buffer =>
  Buffer.from(document ? texts.join('') : texts.map((text) => `${text}\n`).join(''));
