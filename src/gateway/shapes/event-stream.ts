import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import type { Shape } from '../model/service-model.ts';
import { writeMembers } from './json.ts';

/** Events of an answer, each under the name of its member: `{ PayloadPart: { Bytes } }`. */
export type Events = AsyncIterable<Readonly<Record<string, Readonly<Record<string, unknown>>>>>;

export const eventStreamType = 'application/vnd.amazon.eventstream';

/** Writes events as frames while they come. An event that is an exception of the model is the last one. */
export const eventStream = (shape: Shape, events: Events): Readable =>
  Readable.from(framesOf(shape, events), { objectMode: false });

async function* framesOf({ members }: Shape, events: Events): AsyncGenerator<Buffer> {
  for await (const event of events) {
    for (const [name, value] of Object.entries(event)) {
      const shape = members.find((member) => member.name === name)?.shape;
      if (shape === undefined) throw new TypeError(`The event stream has no event ${name}`);
      yield frameOf(shape, name, value);
      if (shape.exception !== undefined) return;
    }
  }
}

function frameOf(shape: Shape, name: string, value: Readonly<Record<string, unknown>>): Buffer {
  const [first] = shape.members;
  const isBlob = shape.exception === undefined && shape.members.length === 1 && first?.shape.type === 'blob';
  const payload = isBlob
    ? (value[first.name] as Uint8Array)
    : Buffer.from(JSON.stringify(writeMembers(shape.members, value)));
  const kind = shape.exception === undefined ? 'event' : 'exception';
  return encodeFrame(
    {
      [`:${kind}-type`]: name,
      ':content-type': isBlob ? 'application/octet-stream' : 'application/json',
      ':message-type': kind,
    },
    payload,
  );
}

const preludeBytes = 12;
const textType = 7;

/**
 * One message of vnd.amazon.eventstream, all integers big-endian: bytes of the message, bytes of its headers, CRC-32 of these
 * eight bytes; headers (length and name, type, length and value); payload; CRC-32 of all before.
 */
export function encodeFrame(headers: Readonly<Record<string, string>>, payload: Uint8Array): Buffer {
  const head = Buffer.concat(
    Object.entries(headers).flatMap(([name, value]) => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(Buffer.byteLength(value));
      return [Buffer.from([name.length]), Buffer.from(name), Buffer.from([textType]), length, Buffer.from(value)];
    }),
  );
  const frame = Buffer.alloc(preludeBytes + head.length + payload.byteLength + 4);
  frame.writeUInt32BE(frame.length, 0);
  frame.writeUInt32BE(head.length, 4);
  frame.writeUInt32BE(crc32(frame.subarray(0, 8)), 8);
  frame.set(head, preludeBytes);
  frame.set(payload, preludeBytes + head.length);
  frame.writeUInt32BE(crc32(frame.subarray(0, -4)), frame.length - 4);
  return frame;
}
