/** The bytes of one pass over a channel in Pipe mode. */

import type { Channel } from '@aws-sdk/client-sagemaker';
import { DataError } from '../../../../base/index.ts';
import { recordFrame, recordLengthMax } from '../../../../framing/index.ts';
import type { Objects, StoredObject } from '../../../../store/index.ts';
import { unpackGzip } from '../../files/unpack-gzip.ts';

/**
 * The objects one after the other, unpacked and wrapped as the channel says. Where text does not end in a newline one is
 * added, so that no line runs into the next object; packed bytes that the program is to unpack are left as they are. Throws DataError for objects that are gone or cannot be unpacked.
 */
export async function* passBytes(
  objects: Objects,
  channel: Channel,
  order: readonly StoredObject[],
): AsyncGenerator<Uint8Array> {
  const text = isText(channel.ContentType ?? '');
  for (const object of order) {
    const bytes = contentOf(objects, channel, object);
    if (channel.RecordWrapperType === 'RecordIO') yield* asRecord(bytes, channel, object);
    else if (text) yield* withNewline(bytes);
    else yield* bytes;
  }
}

const isText = (contentType: string): boolean => /^(text\/|application\/jsonlines\b)/i.test(contentType.trim());

async function* contentOf(
  objects: Objects,
  channel: Channel,
  { bucket, key }: StoredObject,
): AsyncGenerator<Uint8Array> {
  const found = await objects.get(bucket, key);
  if (found === undefined)
    throw new DataError(
      `Channel "${channel.ChannelName}": the object s3://${bucket}/${key} was removed while the job was reading it`,
    );
  try {
    yield* channel.CompressionType === 'Gzip'
      ? unpackGzip(found.body, {
          what: `Channel "${channel.ChannelName}": the object "${key}"`,
          broken: `Channel "${channel.ChannelName}" has CompressionType Gzip, but the object "${key}"`,
        })
      : (found.body as AsyncIterable<Uint8Array>);
  } finally {
    found.body.destroy();
  }
}

async function* withNewline(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const start: number[] = [];
  let last: number | undefined;
  for await (const chunk of bytes) {
    if (start.length < 4) start.push(...chunk.subarray(0, 4 - start.length));
    last = chunk.at(-1) ?? last;
    yield chunk;
  }
  if (last !== undefined && last !== newline && !isPacked(start)) yield Uint8Array.of(newline);
}

/** Whether bytes begin as gzip or zstd: they are not text, and nothing may be added to their end. */
function isPacked([a, b, c, d]: readonly number[]): boolean {
  return (a === 0x1f && b === 0x8b) || (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd);
}

const newline = 0x0a;

/** An object as one record of RecordIO. Packed bytes must be unpacked to know their length. */
async function* asRecord(
  bytes: AsyncIterable<Uint8Array>,
  channel: Channel,
  { key, sizeBytes }: StoredObject,
): AsyncGenerator<Uint8Array> {
  let length = sizeBytes;
  let content: AsyncIterable<Uint8Array> | Iterable<Uint8Array> = bytes;
  if (channel.CompressionType === 'Gzip') {
    const chunks: Uint8Array[] = [];
    length = 0;
    for await (const chunk of bytes) {
      length += chunk.length;
      if (length > recordLengthMax) break;
      chunks.push(chunk);
    }
    content = chunks;
  }
  if (length > recordLengthMax) {
    throw new DataError(
      `Channel "${channel.ChannelName}" has RecordWrapperType RecordIO, but the object "${key}" is larger than the ${recordLengthMax} bytes of a record`,
    );
  }
  const { head, padding } = recordFrame(length);
  yield head;
  yield* content;
  yield padding;
}
