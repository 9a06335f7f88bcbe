/** The records of one object that failed, as JSON Lines: `record` counts from 1. */
export interface RecordErrors {
  readonly count: number;
  add(record: number, input: Uint8Array, error: string): void;
  bytes(): AsyncIterable<Uint8Array>;
}

export function recordErrors(): RecordErrors {
  const lines: string[] = [];
  return {
    get count() {
      return lines.length;
    },
    add(record, input, error) {
      lines.push(`${JSON.stringify({ record, error, ...shown(input) })}\n`);
    },
    async *bytes() {
      for (const line of lines) yield Buffer.from(line);
    },
  };
}

/** A record as text without its line end, or what is no text in base64. */
function shown(input: Uint8Array): { input: string } | { inputBase64: string } {
  const bytes = Buffer.from(input.buffer, input.byteOffset, input.byteLength);
  try {
    return { input: new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/\r?\n$/, '') };
  } catch {
    return { inputBase64: bytes.toString('base64') };
  }
}
