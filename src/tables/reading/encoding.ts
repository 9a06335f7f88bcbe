import { DataError } from '../../base/index.ts';

/** Bytes from which the encoding is told. */
export const sampleBytes = 1 << 18;

export interface Encoding {
  /** A label of the WHATWG Encoding Standard. */
  label: string;
  /** As people call it. */
  name: string;
}

const named: Readonly<Record<string, string>> = {
  'utf-8': 'UTF-8',
  'utf-16le': 'UTF-16',
  'utf-16be': 'UTF-16',
  'windows-1252': 'Windows-1252 (Latin-1)',
};

/** The encoding that was asked for, else the one that the first bytes have. Throws DataError for a name that is none. */
export function encodingOf(start: Uint8Array, wanted?: string): Encoding {
  const label = wanted === undefined ? found(start) : known(wanted);
  return { label, name: named[label] ?? label };
}

function known(wanted: string): string {
  try {
    return new TextDecoder(wanted).encoding;
  } catch {
    throw new DataError(`"${wanted}" is no encoding; it is one such as utf-8, utf-16, windows-1252 or iso-8859-2`);
  }
}

function found(start: Uint8Array): string {
  const [a, b] = start;
  if (a === 0xff && b === 0xfe) return 'utf-16le';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  const pairs = Math.min(64, start.length >> 1);
  if (pairs >= 2) {
    const isZero = (odd: 0 | 1): boolean => {
      for (let i = 0; i < pairs; i++) if (start[2 * i + odd] !== 0 || start[2 * i + 1 - odd] === 0) return false;
      return true;
    };
    if (isZero(1)) return 'utf-16le';
    if (isZero(0)) return 'utf-16be';
  }
  try {
    // A sample may end within a character.
    new TextDecoder('utf-8', { fatal: true }).decode(start, { stream: true });
    return 'utf-8';
  } catch {
    return 'windows-1252';
  }
}

/** The text of bytes, piece by piece, without a byte order mark. Rejects with DataError for bytes that are not of the encoding. */
export async function* decoded(
  chunks: AsyncIterable<Uint8Array>,
  { label, name }: Encoding,
  source: string,
): AsyncGenerator<string> {
  const decoder = new TextDecoder(label, { fatal: true });
  const decode = (bytes?: Uint8Array): string => {
    try {
      return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true });
    } catch {
      throw new DataError(
        `"${source}" begins as ${name} but has bytes further on that are not: name its encoding, such as windows-1252`,
        { source },
      );
    }
  };
  for await (const chunk of chunks) yield decode(chunk);
  yield decode();
}
