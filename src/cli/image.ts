import Table from 'cli-table3';
import { DataError } from '../base/index.ts';
import {
  addEnvironment,
  addFolder,
  addOnnxRuntime,
  addXgboostLibrary,
  frameworks,
  type Image,
  imagesNamed,
  readImages,
  removeImage,
} from '../images/index.ts';
import {
  builtInRepositories,
  engineImages,
  libraryTrial,
  readConfig,
  type ServerOptions,
  settings,
} from '../server/index.ts';
import { typed } from './terminal/command-line.ts';
import { stopSignal } from './terminal/signals.ts';

export interface ImageFlags extends Pick<ServerOptions, 'dataDir'> {
  json?: boolean;
}

export interface ListFlags extends ImageFlags, Pick<ServerOptions, 'containers'> {}

export interface AddFlags extends ImageFlags {
  wheel?: string;
  library?: string;
  package?: string;
  version?: string;
  use?: string;
  python?: string;
  index?: string;
}

/** `linnet image add`: puts an image, or a library that a built-in one needs, into the data folder. */
export async function addImage(flags: AddFlags, name: string, folder?: string): Promise<void> {
  const interruption = new AbortController();
  void stopSignal().then(() => interruption.abort(new DataError('Interrupted: no image was added')));
  const adding = {
    dataFolder: dataFolderOf(flags),
    nowMs: Date.now,
    progress: (line: string): void => void process.stderr.write(`${line}\n`),
    interrupted: interruption.signal,
  };
  if (folder !== undefined) {
    refuseOthers(flags, 'a folder', ['version']);
    const image = await addFolder(adding, { name, folder, version: flags.version, taken: await takenNames() });
    const programs = Object.keys(image.files).join(' and ');
    say(flags, image, `The image ${name}:${image.version} has the program ${programs}, copied to ${image.folder}`);
    return;
  }
  const framework = frameworks.find((each) => each.name === name);
  if (framework !== undefined) {
    refuseOthers(flags, `the framework ${name}`, ['version', 'use', 'python', 'index']);
    const image = await addEnvironment(adding, framework, flags);
    const runs = image.runs === undefined ? '' : `, where ${image.runs} runs in its place`;
    say(
      flags,
      image,
      `The image of ${framework.title} ${image.version}${runs} (${inMegabytes(image.sizeBytes)}) is in ${image.folder}`,
    );
    return;
  }
  if (name === 'onnx') {
    refuseOthers(flags, 'ONNX Runtime', ['package']);
    const image = await addOnnxRuntime(adding, flags);
    say(flags, image, `ONNX Runtime ${image.version} (${inMegabytes(image.sizeBytes)}) is in ${image.folder}`);
    return;
  }
  if (name !== 'xgboost')
    throw new DataError(
      `"${name}" is not known; linnet image add knows ${knownNames.join(', ')}, or takes a folder with the programs train and serve: linnet image add ${name} FOLDER`,
      { source: settings },
    );
  refuseOthers(flags, 'the library xgboost', ['wheel', 'library']);
  const image = await addXgboostLibrary(adding, flags, libraryTrial('xgboost', adding.progress));
  say(flags, image, `The library xgboost ${image.version} (${inMegabytes(image.sizeBytes)}) is in ${image.folder}`);
}

const sourceFlags = ['version', 'use', 'python', 'index', 'wheel', 'library', 'package'] as const;
type SourceFlag = (typeof sourceFlags)[number];

/** A flag that changes nothing would let its user believe otherwise. */
function refuseOthers(flags: AddFlags, what: string, taken: readonly SourceFlag[]): void {
  const other = sourceFlags.find((flag) => flags[flag] !== undefined && !taken.includes(flag));
  if (other === undefined) return;
  const options = taken.map((flag) => `--${flag}`).join(', ');
  throw new DataError(`--${other} does not go with ${what}, which takes ${options}`, { source: settings });
}

/** `linnet image list`. */
export async function listImages(flags: ListFlags): Promise<void> {
  const config = readConfig(flags, process.env);
  const images = readImages(config.dataFolder);
  const found = config.containers === 'off' ? [] : await engineImages(config);
  if ('why' in found) process.stderr.write(`${found.why}\n`);
  const held = 'why' in found ? [] : found;
  if (flags.json) {
    const ofEngine = held.map(({ name, tag, size }) => ({ name, version: tag, kind: 'container', size }));
    process.stdout.write(`${JSON.stringify([...images, ...ofEngine])}\n`);
    return;
  }
  if (images.length + held.length === 0) {
    process.stdout.write(
      `No image has been added. Linear Learner is built in; for XGBoost type: ${typed('image add xgboost', config.dataFolder, process.env)}\n`,
    );
    return;
  }
  const table = new Table({ head: ['name', 'version', 'kind', 'size', 'added'], style: { head: [], border: [] } });
  for (const { name, version, kind, sizeBytes, addedAt } of images)
    table.push([name, version, kind, inMegabytes(sizeBytes), addedAt.slice(0, 10)]);
  for (const { name, tag, size } of held) table.push([name, tag, 'container', size, '']);
  process.stdout.write(`${table.toString()}\n`);
}

/** `linnet image inspect`: everything that is known of an image. */
export function inspectImage(flags: ImageFlags, name: string, version?: string): void {
  const found = imagesNamed(readImages(dataFolderOf(flags)), name, version);
  process.stdout.write(`${JSON.stringify(found, undefined, flags.json ? undefined : 2)}\n`);
}

/** `linnet image remove`. */
export function dropImage(flags: ImageFlags, name: string, version?: string): void {
  const removed = removeImage(dataFolderOf(flags), name, version);
  const text = removed.map((image) => `${image.name} ${image.version}`).join(', ');
  say(flags, removed, `Removed ${text}`);
}

/** Repositories of the built-in images, and what `add` knows by name. */
const takenNames = async (): Promise<string[]> => [
  ...knownNames,
  ...frameworks.flatMap(({ repositories }) => repositories),
  ...(await builtInRepositories()),
];

const knownNames = ['xgboost', 'onnx', ...frameworks.map(({ name }) => name)];

const say = (flags: ImageFlags, value: Image | Image[], text: string): void =>
  void process.stdout.write(`${flags.json ? JSON.stringify(value) : text}\n`);

const dataFolderOf = (flags: ImageFlags): string => readConfig(flags, process.env).dataFolder;

const inMegabytes = (bytes: number): string => `${Math.max(1, Math.round(bytes / 1e6))} MB`;
