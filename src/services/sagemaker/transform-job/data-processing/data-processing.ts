import type { DataProcessing } from '@aws-sdk/client-sagemaker';
import { DataError } from '../../../../base/index.ts';
import { csvHandler } from './csv.ts';
import { formatOf } from './format.ts';
import type { Handler, Processing, ProcessingSettings } from './handling.ts';
import { jsonHandler } from './json.ts';
import { type JsonPath, parseJsonPath } from './json-path.ts';

/** The parts of a request that ask for data processing; undefined when none does. */
export function processingOf(
  { InputFilter = '$', OutputFilter = '$', JoinSource = 'None' }: DataProcessing,
  rest: Omit<ProcessingSettings, 'inputFilter' | 'outputFilter' | 'join'>,
): ProcessingSettings | undefined {
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

export const handlerOf = (processing: Processing): Handler =>
  formatOf(processing.contentType) === 'csv' ? csvHandler(processing) : jsonHandler(processing);
