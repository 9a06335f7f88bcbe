/** The `model` channel: an earlier artifact from which training continues, packed or not. */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { checkUnpacked, DataError, messageOf } from '../../base/index.ts';
import type { InputDataConfig, PassedOver } from '../../contract/index.ts';
import { modelChannel, modelContentType } from '../channels/channel-config.ts';
import { type ChannelFile, listChannelFiles } from '../channels/channel-files.ts';

/** The most bytes of the model files in an archive; the largest that training allows is smaller. */
const modelBytesMax = 2 * 1024 ** 3;
/** The limits of an archive. Any ratio is allowed below `freeBytes`: most weights of a model may be zeros. */
const unpackLimits = { bytesMax: 20 * 1024 ** 3, freeBytes: 4 * 1024 ** 3 };
const membersMax = 10_000;

/** How an algorithm calls the files of its models. */
export interface ModelNames {
  /** The algorithm, for messages. */
  algorithm: string;
  /** The usual name of a model's file. */
  usual: string;
  /** Of file names the one that is a model; undefined when there is none. Throws DataError for several. */
  among(names: readonly string[]): string | undefined;
  /** Whether a file of this name may be a model. */
  mayBe(name: string): boolean;
}

export interface EarlierModelFile {
  /** `model/model.tar.gz`, for messages. */
  name: string;
  bytes: Uint8Array;
}

/** The model's file in the folder of the channel, in a `model.tar.gz` or unpacked. Throws DataError unless there is one. */
export async function readModelChannel(
  config: InputDataConfig[string],
  folder: string,
  names: ModelNames,
  passedOver?: PassedOver,
): Promise<EarlierModelFile> {
  const { ContentType: type, TrainingInputMode: mode } = config;
  if (type !== undefined && type !== '' && type !== modelContentType)
    throw new DataError(`Channel "${modelChannel}" has ContentType "${type}"; it must be ${modelContentType}`);
  if (mode === 'Pipe') throw new DataError(`Channel "${modelChannel}" has TrainingInputMode Pipe; use File`);
  const files = await listChannelFiles(modelChannel, folder, passedOver);
  const unpacked = inModel(() => names.among(files.map(({ name }) => basename(name))));
  const archives = archivesAmong(files);
  const file = files.find(({ name }) => basename(name) === unpacked) ?? archives[0];
  const needed = `one model.tar.gz of ${names.algorithm}, or the ${names.usual} in it`;
  if (file === undefined)
    throw new DataError(`Channel "${modelChannel}" has no model among ${files.length} files; it needs ${needed}`);
  if (unpacked === undefined && archives.length > 1)
    throw new DataError(`Channel "${modelChannel}" has ${archives.length} archives; it needs ${needed}`);
  return {
    name: file.name,
    bytes: unpacked === undefined ? await unpackModel(file, names) : await readFile(file.path),
  };
}

/** A job's output folder may hold `output.tar.gz` too: a file of the model's name goes first. */
function archivesAmong(files: readonly ChannelFile[]): ChannelFile[] {
  const archives = files.filter(({ name }) => /\.(tar\.gz|tgz)$/i.test(name));
  const named = archives.filter(({ name }) => basename(name) === 'model.tar.gz');
  return named.length > 0 ? named : archives;
}

/** The model file of an archive. Other members are skipped. */
export async function unpackModel(file: Pick<ChannelFile, 'name' | 'path'>, names: ModelNames): Promise<Uint8Array> {
  const gunzip = createGunzip();
  const entries = extract();
  let unpacked = 0;
  const counted = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      unpacked += chunk.length;
      checkUnpacked(`"${file.name}"`, { stored: gunzip.bytesWritten, unpacked }, unpackLimits);
      yield chunk;
    }
  };
  const reading = pipeline(createReadStream(file.path), gunzip, counted, entries);
  // The loop below sees the same error; here it only must not go unhandled.
  reading.catch(() => undefined);
  const found = new Map<string, Uint8Array>();
  let members = 0;
  let roomBytes = modelBytesMax;
  try {
    for await (const entry of entries) {
      if (++members > membersMax) throw new DataError(`"${file.name}" holds more than ${membersMax} files and folders`);
      const name = basename(entry.header.name);
      if (entry.header.type === 'file' && names.mayBe(name)) {
        found.set(name, await bytesOf(entry, entry.header.size ?? 0, { name, roomBytes }));
        roomBytes -= entry.header.size ?? 0;
      } else entry.resume();
    }
    await reading;
  } catch (error) {
    entries.destroy();
    if (error instanceof DataError) throw error;
    throw new DataError(`"${file.name}" is not a readable .tar.gz archive: ${messageOf(error)}`);
  }
  const name = inModel(() => names.among([...found.keys()]), file.name);
  if (name === undefined)
    throw new DataError(`"${file.name}" holds no ${names.usual}: it is no model of ${names.algorithm}`);
  return found.get(name)!;
}

async function bytesOf(
  entry: AsyncIterable<unknown>,
  sizeBytes: number,
  { name, roomBytes }: { name: string; roomBytes: number },
): Promise<Uint8Array> {
  if (sizeBytes > roomBytes)
    throw new DataError(`"${name}" has ${sizeBytes} bytes; a model of at most ${modelBytesMax} is read`);
  const chunks: Uint8Array[] = [];
  for await (const chunk of entry) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

/** Names the place in front of what is wrong there. */
export function inModel<T>(read: () => T, place = modelChannel): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof DataError ? new DataError(`"${place}": ${error.message}`) : error;
  }
}
