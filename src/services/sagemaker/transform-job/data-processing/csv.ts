import { DataError } from '../../../../base/index.ts';
import { pickCells, rowsOf } from './csv-row.ts';
import { atRecord, checkCount, formatOf } from './format.ts';
import type { Handler, Processing } from './handling.ts';
import type { JsonPath } from './json-path.ts';

/** The byte order mark of UTF-8, which spreadsheets write: it belongs to no cell. */
const mark = '\xef\xbb\xbf';

/** Rows of cells: filters choose cells by their place, and a join puts the answer's cells behind the input's. */
export function csvHandler({ inputFilter, outputFilter, join, inference, accept }: Processing): Handler {
  return (body, first) => {
    // One character a byte: what is not looked at stays as it is, whatever its encoding.
    const text = textOf(body);
    const rows = rowsOf(first === 1 && text.startsWith(mark) ? text.slice(mark.length) : text);
    return {
      records: rows.length,
      body:
        inputFilter.length === 0
          ? body
          : bytesOf(rows.map((row, at) => atRecord(first + at, () => pick(row, inputFilter)))),
      output(answer) {
        const answered = textOf(answer.body);
        if (
          (formatOf(accept) ?? formatOf(answer.headers['content-type']) ?? 'csv') !== 'csv' ||
          /^\s*[[{]/.test(answered)
        )
          throw new DataError(
            `Failed to parse output from the algorithm as CSV: it answers ${answer.headers['content-type'] ?? 'no content type'}. Set Accept to text/csv; where the program offers no CSV, send and accept application/jsonlines`,
          );
        const answers = rowsOf(answered);
        if (join) checkCount(rows.length, answers.length);
        const written = answers.map((answerRow, at) => {
          const row = join ? `${rows[at]},${answerRow}` : answerRow;
          const kept = outputFilter.length === 0 ? row : atRecord(first + at, () => pick(row, outputFilter));
          return inference === undefined ? kept : `${kept},${inference.newId()},${inference.time}`;
        });
        return bytesOf(written);
      },
    };
  };
}

/** A path over a row was checked at the job's creation: it is one step over items. */
function pick(row: string, [step]: JsonPath): string {
  return typeof step === 'object' && 'items' in step ? pickCells(row, step.items) : row;
}

const textOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');

const bytesOf = (rows: readonly string[]): Buffer =>
  Buffer.from(rows.length === 0 ? '' : `${rows.join('\n')}\n`, 'latin1');
