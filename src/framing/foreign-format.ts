const starts: readonly (readonly [readonly number[], string])[] = [
  [[0x0a, 0x23, 0xd7, 0xce], 'is RecordIO; its content type is application/x-recordio-protobuf'],
  [[0x1f, 0x8b], 'is compressed with gzip'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'is compressed with zstd'],
  [[0x50, 0x4b, 0x03, 0x04], 'is a zip archive, as Excel workbooks are too: save its table as text'],
  [[0xd0, 0xcf, 0x11, 0xe0], 'is an Excel workbook: save its table as text'],
  [[0x50, 0x41, 0x52, 0x31], 'is a Parquet file; its content type is application/x-parquet'],
  [[0x93, 0x4e, 0x55, 0x4d], 'is a NumPy file'],
  [[0x4f, 0x62, 0x6a, 0x01], 'is an Avro file'],
  [[0x4f, 0x52, 0x43], 'is an ORC file'],
  [[0x25, 0x50, 0x44, 0x46], 'is a PDF document: save its table as text'],
  [[0x89, 0x50, 0x4e, 0x47], 'is a PNG image'],
  [[0xff, 0xd8, 0xff], 'is a JPEG image'],
  [[0x89, 0x48, 0x44, 0x46], 'is an HDF5 file'],
  [[0x42, 0x5a, 0x68], 'is compressed with bzip2'],
  [[0xfd, 0x37, 0x7a, 0x58], 'is compressed with xz'],
  [[0x37, 0x7a, 0xbc, 0xaf], 'is a 7z archive'],
  [[0x53, 0x51, 0x4c, 0x69, 0x74, 0x65, 0x20, 0x66], 'is a SQLite database'],
  [[0x41, 0x52, 0x52, 0x4f, 0x57, 0x31], 'is an Arrow file'],
  [[0xff, 0xfe, 0, 0], 'is UTF-32 text: save it as UTF-8'],
  [[0, 0, 0xfe, 0xff], 'is UTF-32 text: save it as UTF-8'],
  [[0xff, 0xfe], 'is UTF-16 text: save it as UTF-8'],
  [[0xfe, 0xff], 'is UTF-16 text: save it as UTF-8'],
];

/** The format that unexpected bytes seem to have, as the end of a sentence; undefined for text. */
export function foreignFormat(bytes: Uint8Array): string | undefined {
  for (const [start, name] of starts) {
    if (start.every((byte, index) => bytes[index] === byte)) return name;
  }
  if (isUtf16(bytes)) return 'is UTF-16 text: save it as UTF-8';
  for (let at = 0; at < Math.min(bytes.length, 4096); at++) {
    const byte = bytes[at]!;
    if (byte < 9 || (byte > 13 && byte < 32)) return 'holds binary bytes';
  }
  return undefined;
}

/** Text without a byte order mark, of characters that take one byte of two. */
function isUtf16(bytes: Uint8Array): boolean {
  if (bytes.length < 4) return false;
  const isText = (byte: number): boolean => byte >= 9 && byte < 127;
  for (const zero of [0, 1]) {
    let at = 0;
    while (at < Math.min(bytes.length, 64) && (at % 2 === zero ? bytes[at] === 0 : isText(bytes[at]!))) at++;
    if (at === Math.min(bytes.length, 64)) return true;
  }
  return false;
}
