/** Reports from bytes: the JSON itself, or the archive of a job with it inside. */
import { DataError, messageOf } from '../../base/index.ts';
import { unpackTarGz } from '../../formats/index.ts';
import { type Report, reportFormat, reportVersion } from '../numbers/document.ts';

/** Its name in output.tar.gz, and in a model.tar.gz that was made on the command line. */
const memberNames = ['report.json', '.linnet-report.json'];

/** The report in a file, of JSON or a .tar.gz; `what` names it in messages. Rejects with DataError where there is none. */
export async function readReport(what: string, bytes: Uint8Array): Promise<Report> {
  const isArchive = bytes[0] === 0x1f && bytes[1] === 0x8b;
  if (!isArchive) return parsed(what, bytes);
  const found = await unpackTarGz(what, bytes, (name) => memberNames.includes(baseName(name)));
  const [member] = found.values();
  if (member === undefined) throw new NoReport(`${what} holds no report.json`);
  return parsed(`report.json in ${what}`, member);
}

/** An archive that is none of a report. */
export class NoReport extends DataError {}

const baseName = (name: string): string => name.split('/').at(-1) ?? name;

function parsed(what: string, bytes: Uint8Array): Report {
  let value: Partial<Report> | null;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new DataError(`${what} is not valid JSON: ${messageOf(error)}`);
  }
  if (value?.format !== reportFormat)
    throw new DataError(`${what} is not a report of Linnet: its "format" is not "${reportFormat}"`);
  if (value.version !== reportVersion)
    throw new DataError(
      `${what} has version ${value.version}; this Linnet reads version ${reportVersion}. Use the Linnet that made it, or train again`,
    );
  return value as Report;
}
