/** Zip archives of stored members, laid out as Python's zipfile does it: the container of Amazon's model file. */
import { crc32 } from '@foxglove/crc';
import { unzipSync, type Zippable, zipSync } from 'fflate';
import { checkUnpacked, DataError, messageOf } from '../../base/index.ts';

/** Regular file, mode 0644, in the upper half of the external attributes. */
const attributes = 0x81a40000;
const unix = 3;
const membersMax = 100;
const memberBytesMax = 2 ** 31 - 1;
const bytesMax = 2 ** 32;

/** Members uncompressed and undated (1980-01-01, zip's first day), so that equal content gives equal bytes. */
export function writeZip(members: Readonly<Record<string, Uint8Array>>): Uint8Array {
  // fflate writes the local fields of the date, so the zone of the machine does not matter.
  const options = { level: 0, mtime: new Date(1980, 0, 1), os: unix, attrs: attributes } as const;
  const files: Zippable = {};
  for (const [name, bytes] of Object.entries(members)) files[name] = [bytes, options];
  return zipSync(files, options);
}

/** Members by name. Throws DataError when the bytes are no zip archive, are damaged, or unpack to more than the limits. */
export function readZip(bytes: Uint8Array): Map<string, Uint8Array> {
  let count = 0;
  let unpacked = 0;
  try {
    const files = unzipSync(bytes, {
      // Checked before a member is unpacked, with the sizes of the table of contents.
      filter: ({ name, originalSize, size }) => {
        if (++count > membersMax) throw new DataError(`The zip archive has more than ${membersMax} members`);
        if (originalSize > memberBytesMax || size > memberBytesMax) {
          throw new DataError(`Member "${name}" of the zip archive is larger than ${memberBytesMax} bytes`);
        }
        unpacked += originalSize;
        checkUnpacked('The zip archive', { stored: bytes.length, unpacked }, { bytesMax });
        return true;
      },
    });
    const members = new Map(Object.entries(files));
    checkMembers(bytes, members);
    return members;
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError(`Not a readable zip archive: ${messageOf(error)}`);
  }
}

const endMagic = 0x06054b50;
const entryMagic = 0x02014b50;
const entryBytes = 46;

/**
 * Compares the members with the checksums in the table of contents (PKWARE's appnote, section 4.3.12), which the library
 * ignores.
 */
function checkMembers(bytes: Uint8Array, members: ReadonlyMap<string, Uint8Array>): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = bytes.length - 22;
  while (view.getUint32(end, true) !== endMagic) end--;
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  for (let i = 0; i < count; i++) {
    if (view.getUint32(at, true) !== entryMagic) throw new Error('its table of contents is damaged');
    const nameBytes = view.getUint16(at + 28, true);
    const name = new TextDecoder().decode(bytes.subarray(at + entryBytes, at + entryBytes + nameBytes));
    const member = members.get(name);
    if (member !== undefined && crc32(member) !== view.getUint32(at + 16, true)) {
      throw new Error(`member "${name}" is not what its checksum says`);
    }
    at += entryBytes + nameBytes + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
}
