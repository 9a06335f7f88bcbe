/** The `model` channel: an earlier artifact, ours or Amazon's, from which training continues. */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { checkUnpacked, DataError, messageOf } from '../../base/index.ts';
import type { InputDataConfig, PassedOver } from '../../contract/index.ts';
import { type LinearModel, readModelFile } from '../../learners/index.ts';
import { type ChannelFile, listChannelFiles } from '../channels/channel-files.ts';
import { modelFileName, modelNameAmong } from './model-name.ts';

export const modelChannel = 'model';

/** The content type that SageMaker's built-in algorithms require for incremental training. */
const modelContentType = 'application/x-sagemaker-model';

/** The most bytes of the model files in an archive; the largest that training allows is smaller. */
const modelBytesMax = 2 * 1024 ** 3;
/** The limits of an archive. Any ratio is allowed below `freeBytes`: most weights of a model may be zeros. */
const unpackLimits = { bytesMax: 20 * 1024 ** 3, freeBytes: 4 * 1024 ** 3 };
const membersMax = 10_000;

export interface EarlierModel {
  /** `model/model.tar.gz`, for messages. */
  name: string;
  model: LinearModel;
}

/**
 * The model in the folder of the channel, packed as `model.tar.gz` or already unpacked. Throws DataError when there is
 * none, more than one, or one that no Linear Learner wrote.
 */
export async function readEarlierModel(
  config: InputDataConfig[string],
  folder: string,
  passedOver?: PassedOver,
): Promise<EarlierModel> {
  const { ContentType: type, TrainingInputMode: mode } = config;
  if (type !== undefined && type !== '' && type !== modelContentType)
    throw new DataError(`Channel "${modelChannel}" has ContentType "${type}"; it must be ${modelContentType}`);
  if (mode === 'Pipe') throw new DataError(`Channel "${modelChannel}" has TrainingInputMode Pipe; use File`);
  const files = await listChannelFiles(modelChannel, folder, passedOver);
  const unpacked = inChannel(() => modelNameAmong(files.map(({ name }) => basename(name))));
  const archives = archivesAmong(files);
  const file = files.find(({ name }) => basename(name) === unpacked) ?? archives[0];
  const required = `one model.tar.gz of a Linear Learner, or the ${modelFileName} in it`;
  if (file === undefined)
    throw new DataError(`Channel "${modelChannel}" has no model among ${files.length} files; it needs ${required}`);
  if (unpacked === undefined && archives.length > 1)
    throw new DataError(`Channel "${modelChannel}" has ${archives.length} archives; it needs ${required}`);
  const bytes = unpacked === undefined ? await unpack(file) : await readFile(file.path);
  return { name: file.name, model: inChannel(() => readModelFile(bytes).model, file.name) };
}

/** A job's output folder may hold `output.tar.gz` too: a file of the model's name goes first. */
function archivesAmong(files: readonly ChannelFile[]): ChannelFile[] {
  const archives = files.filter(({ name }) => /\.(tar\.gz|tgz)$/i.test(name));
  const named = archives.filter(({ name }) => basename(name) === 'model.tar.gz');
  return named.length > 0 ? named : archives;
}

/** The model file of an archive. Other members are skipped. */
async function unpack(file: ChannelFile): Promise<Uint8Array> {
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
      if (entry.header.type === 'file' && name.startsWith('model_algo-')) {
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
  const name = inChannel(() => modelNameAmong([...found.keys()]), file.name);
  if (name === undefined)
    throw new DataError(`"${file.name}" holds no ${modelFileName}: it is no model of a Linear Learner`);
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

/** Puts the place in front of a fault's message. */
function inChannel<T>(read: () => T, place = modelChannel): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof DataError ? new DataError(`"${place}": ${error.message}`) : error;
  }
}
