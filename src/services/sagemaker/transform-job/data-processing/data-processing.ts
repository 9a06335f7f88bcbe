import type { DataProcessing } from '@aws-sdk/client-sagemaker';
import { DataError } from '../../../../base/index.ts';
import { csvHandler } from './csv.ts';
import { formatOf } from './format.ts';
import type { Handler, Processing } from './handling.ts';
import { jsonHandler } from './json.ts';
import { type JsonPath, parseJsonPath } from './json-path.ts';

/** The parts of a request that ask for data processing; undefined when none does. */
export function processingOf(
  { InputFilter = '$', OutputFilter = '$', JoinSource = 'None' }: DataProcessing,
  rest: Omit<Processing, 'inputFilter' | 'outputFilter' | 'join'>,
): Processing | undefined {
  const processing = {
    ...rest,
    inputFilter: parseFilter('InputFilter', InputFilter),
    outputFilter: parseFilter('OutputFilter', OutputFilter),
    join: JoinSource === 'Input',
  };
  const { inputFilter, outputFilter, join, inference } = processing;
  const idle = inputFilter.length === 0 && outputFilter.length === 0 && !join && inference === undefined;
  return idle ? undefined : processing;
}

export function parseFilter(member: string, text: string): JsonPath {
  try {
    return parseJsonPath(text);
  } catch (thrown) {
    if (thrown instanceof DataError) throw new DataError(`${member} ${thrown.message}`);
    throw thrown;
  }
}

/** Without processing, bodies and answers pass untouched. */
export function handlerOf(processing: Processing | undefined): Handler {
  if (processing === undefined) return (body) => ({ body, records: 0, output: (answer) => answer.body });
  return formatOf(processing.contentType) === 'csv' ? csvHandler(processing) : jsonHandler(processing);
}
