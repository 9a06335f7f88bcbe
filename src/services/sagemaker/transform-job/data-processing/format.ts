import { DataError } from '../../../../base/index.ts';

/** The formats that can be filtered and joined. */
export type Format = 'csv' | 'jsonlines' | 'json';

const formats: Readonly<Record<string, Format>> = {
  'text/csv': 'csv',
  'application/csv': 'csv',
  'application/jsonlines': 'jsonlines',
  'application/x-jsonlines': 'jsonlines',
  'application/x-ndjson': 'jsonlines',
  'application/json': 'json',
};

/** The format of a content type; undefined for others and for none. */
export const formatOf = (contentType: string | undefined): Format | undefined =>
  formats[(contentType ?? '').split(';')[0]!.trim().toLowerCase()];

/** Amazon's words for a program that answers fewer or more records than it was sent. */
export function checkCount(sent: number, answered: number): void {
  if (sent === answered) return;
  throw new DataError(
    `Fail to join data: mismatched line count between the input and the output: ${sent} records were sent, ${answered} were answered`,
  );
}

/** Runs `work` on a record; a DataError then says which one. */
export function atRecord<Value>(record: number, work: () => Value): Value {
  try {
    return work();
  } catch (thrown) {
    if (!(thrown instanceof DataError)) throw thrown;
    throw new DataError(`Record ${record}: ${thrown.message}`, { row: record });
  }
}
