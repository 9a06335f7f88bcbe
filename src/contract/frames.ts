/**
 * Invocations as frames on one connection: Linnet's addition to the container contract, for programs that need less work
 * between a request and its answer than HTTP takes. HTTP stays the contract; a program that offers frames says so by the
 * header `framesHeader` of its answer to /ping, and a GET of /invocations with `Upgrade: linnet-frames` turns that
 * connection into frames in both directions. Answers may come in any order; a frame names the request by its id.
 *
 * A frame, all integers little-endian: u32 bytes that follow, u32 id, u16 status (0 in a request), u16 bytes of the head,
 * the head (the headers as JSON in UTF-8, names in lower case), the body.
 */
export const framesHeader = 'linnet-frames';
export const framesProtocol = 'linnet-frames';

export interface Frame {
  id: number;
  /** HTTP status of an answer; 0 in a request. */
  status: number;
  headers: Readonly<Record<string, string>>;
  body: Uint8Array;
}

const lengthBytes = 4;
const fixedBytes = 8;
/** Bodies up to this size are copied behind their head, so that a frame is one piece. */
const copiedBytesMax = 16 * 1024;

/** The pieces of a frame, to be written one after the other. */
export function encodeFrame({ id, status, headers, body }: Frame): Uint8Array[] {
  const head = JSON.stringify(headers);
  const headBytes = Buffer.byteLength(head);
  const start = lengthBytes + fixedBytes + headBytes;
  const copied = body.byteLength <= copiedBytesMax;
  const bytes = Buffer.allocUnsafe(copied ? start + body.byteLength : start);
  bytes.writeUInt32LE(fixedBytes + headBytes + body.byteLength, 0);
  bytes.writeUInt32LE(id, 4);
  bytes.writeUInt16LE(status, 8);
  bytes.writeUInt16LE(headBytes, 10);
  bytes.write(head, lengthBytes + fixedBytes);
  if (!copied) return [bytes, body];
  bytes.set(body, start);
  return [bytes];
}

export interface FrameReaderOptions {
  /** The most bytes of a body; a larger one is skipped. */
  bodyBytesMax: number;
  onFrame(frame: Frame): void;
  onTooLarge(id: number, bodyBytes: number): void;
}

/** Cuts a stream of bytes into frames. A body is a view of the bytes that were pushed. Throws Error for bytes that are not a frame. */
export function frameReader({ bodyBytesMax, onFrame, onTooLarge }: FrameReaderOptions): (chunk: Buffer) => void {
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  /** The bytes of a frame's fixed beginning. */
  let neededBytes = lengthBytes + fixedBytes;
  let skipBytes = 0;
  // Nearly all frames of a connection carry the same head.
  let lastHead = '{}';
  let lastHeaders: Readonly<Record<string, string>> = {};

  const headersOf = (head: string): Readonly<Record<string, string>> => {
    if (head !== lastHead) {
      lastHeaders = JSON.parse(head) as Record<string, string>;
      lastHead = head;
    }
    return lastHeaders;
  };

  /** Reads one frame at `at`; returns where the next begins, or undefined when bytes are missing. */
  const readFrame = (bytes: Buffer, at: number): number | undefined => {
    neededBytes = lengthBytes + fixedBytes;
    if (bytes.length - at < neededBytes) return undefined;
    const end = at + lengthBytes + bytes.readUInt32LE(at);
    const id = bytes.readUInt32LE(at + 4);
    const headStart = at + lengthBytes + fixedBytes;
    const bodyStart = headStart + bytes.readUInt16LE(at + 10);
    if (bodyStart > end) throw new Error('A frame is shorter than its head');
    if (end - bodyStart > bodyBytesMax) {
      onTooLarge(id, end - bodyStart);
      return end;
    }
    if (bytes.length < end) {
      neededBytes = end - at;
      return undefined;
    }
    const headers = headersOf(bytes.toString('utf8', headStart, bodyStart));
    onFrame({ id, status: bytes.readUInt16LE(at + 8), headers, body: bytes.subarray(bodyStart, end) });
    return end;
  };

  return (chunk) => {
    const passed = Math.min(skipBytes, chunk.length);
    skipBytes -= passed;
    waiting.push(passed > 0 ? chunk.subarray(passed) : chunk);
    waitingBytes += chunk.length - passed;
    if (waitingBytes < neededBytes) return;
    const bytes = waiting.length === 1 ? waiting[0]! : Buffer.concat(waiting, waitingBytes);
    let at = 0;
    for (let next = readFrame(bytes, at); next !== undefined; next = readFrame(bytes, at)) {
      at = Math.min(next, bytes.length);
      skipBytes = next - at;
    }
    waiting = at < bytes.length ? [bytes.subarray(at)] : [];
    waitingBytes = bytes.length - at;
  };
}
