const starts: readonly (readonly [readonly number[], string])[] = [
  [[0x0a, 0x23, 0xd7, 0xce], 'is RecordIO; its content type is application/x-recordio-protobuf'],
  [[0x1f, 0x8b], 'is compressed with gzip'],
  [[0x50, 0x4b, 0x03, 0x04], 'is a zip archive'],
  [[0x50, 0x41, 0x52, 0x31], 'is a Parquet file'],
  [[0x93, 0x4e, 0x55, 0x4d], 'is a NumPy file'],
];

/** What bytes that should be something else seem to be, as the end of a sentence; undefined for text. */
export function foreignFormat(bytes: Uint8Array): string | undefined {
  for (const [start, name] of starts) {
    if (start.every((byte, index) => bytes[index] === byte)) return name;
  }
  for (let at = 0; at < Math.min(bytes.length, 4096); at++) {
    const byte = bytes[at]!;
    if (byte < 9 || (byte > 13 && byte < 32)) return 'holds binary bytes';
  }
  return undefined;
}
