/** Zip archives of stored members, laid out as Python's zipfile does it: the container of Amazon's model file. */
import { unzipSync, type Zippable, zipSync } from 'fflate';
import { DataError, messageOf } from '../base/index.ts';

/** Regular file, mode 0644, in the upper half of the external attributes. */
const attributes = 0x81a40000;
const unix = 3;
const membersMax = 100;
const memberBytesMax = 2 ** 31 - 1;

/** Members uncompressed and undated (1980-01-01, zip's first day), so that equal content gives equal bytes. */
export function writeZip(members: Readonly<Record<string, Uint8Array>>): Uint8Array {
  // fflate writes the local fields of the date, so the zone of the machine does not matter.
  const options = { level: 0, mtime: new Date(1980, 0, 1), os: unix, attrs: attributes } as const;
  const files: Zippable = {};
  for (const [name, bytes] of Object.entries(members)) files[name] = [bytes, options];
  return zipSync(files, options);
}

/** Members by name. Throws DataError when the bytes are no zip archive or it is beyond the limits. */
export function readZip(bytes: Uint8Array): Map<string, Uint8Array> {
  let members = 0;
  try {
    const files = unzipSync(bytes, {
      filter: ({ name, originalSize, size }) => {
        if (++members > membersMax) throw new DataError(`The zip archive has more than ${membersMax} members`);
        if (originalSize > memberBytesMax || size > memberBytesMax) {
          throw new DataError(`Member "${name}" of the zip archive is larger than ${memberBytesMax} bytes`);
        }
        return true;
      },
    });
    return new Map(Object.entries(files));
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError(`Not a readable zip archive: ${messageOf(error)}`);
  }
}
