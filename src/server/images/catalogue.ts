import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { ContractProgram, NeededLibrary } from '../../contract/index.ts';
import { type Image, imagesFolder, newestLibrary, readImages } from '../../images/index.ts';
import type { Algorithm, AlgorithmCatalogue } from '../../services/index.ts';
import type { BuiltIn } from './algorithms.ts';
import { frameworkAlgorithm, frameworksToAdd } from './framework-images.ts';
import { typedImage } from './typed-image.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The images that exist at each moment: the built-in ones and those of the data folder, which `linnet image` may change
 * while the server runs.
 */
export function openCatalogue(
  builtIns: readonly BuiltIn[],
  dataFolder: string,
  environment: Environment,
): AlgorithmCatalogue {
  let known: { state: string; algorithms: readonly Algorithm[] } | undefined;
  return () => {
    // Adding and removing an image both rename an entry of this folder.
    const state = stateOf(imagesFolder(dataFolder));
    if (known === undefined || known.state !== state) {
      const images = readImages(dataFolder);
      known = {
        state,
        algorithms: [
          ...builtIns.map((each) => withNeeds(each, images, dataFolder, environment)),
          // Of two versions the newer one is `latest`.
          ...images
            .sort((a, b) => b.addedAt.localeCompare(a.addedAt))
            .flatMap((image) => addedAlgorithm(image, environment)),
          ...frameworksToAdd(images, (what) => typedImage(what, dataFolder, environment)),
        ],
      };
    }
    return known.algorithms;
  };
}

const stateOf = (folder: string): string =>
  String(statSync(folder, { throwIfNoEntry: false, bigint: true })?.mtimeNs ?? '');

/** The programs of an image that was added; none for a library. */
function addedAlgorithm(image: Image, environment: Environment): Algorithm[] {
  if (image.kind === 'folder') return [folderAlgorithm(image)];
  return image.kind === 'environment' ? [frameworkAlgorithm(image, environment)] : [];
}

function folderAlgorithm({ folder, files, repositories }: Image): Algorithm {
  const commands = Object.fromEntries(Object.entries(files).map(([program, file]) => [program, [join(folder, file)]]));
  return { repositories, commands, foreign: { path: [join(folder, 'program')], folders: [folder], port: true } };
}

/** A built-in image with its library, or with the sentence that says how to get it. */
function withNeeds({ algorithm, needs }: BuiltIn, ...place: Place): Algorithm {
  const name = algorithm.repositories[0]?.repository ?? '';
  const { library, packages = [], onHosts } = needs;
  const found = lookFor(`The image ${name} needs`, { library, packages }, ...place);
  const onMany = onHosts && lookFor(`Several instances of the image ${name} need`, onHosts, ...place);
  const settings = { ...found.settings, ...onMany?.settings };
  return {
    ...algorithm,
    ...(Object.keys(settings).length > 0 && { settings }),
    ...(found.missing !== undefined && { missing: inAll(library?.neededBy ?? ['train', 'serve'], found.missing) }),
    ...(onMany?.missing !== undefined && { missingOnHosts: onMany.missing }),
  };
}

type Place = [images: readonly Image[], dataFolder: string, environment: Environment];
interface Needed {
  library?: Omit<NeededLibrary, 'neededBy'> | undefined;
  packages: readonly string[];
}

/** The variable that names a library, or the sentence that says what is missing and how to get it. */
function lookFor(
  who: string,
  { library, packages }: Needed,
  ...[images, dataFolder, environment]: Place
): { settings?: Record<string, string>; missing?: string } {
  const absent = packages.find((each) => !isInstalled(each));
  if (absent !== undefined)
    return {
      missing: `${who} the npm package ${absent}, which is not installed; type: npm install ${absent}, and start Linnet again`,
    };
  if (library === undefined) return {};
  const added = newestLibrary(images, library.name);
  const file = environment[library.variable] || added?.file || installedFile(library.installed);
  const command = typedImage(`add ${library.name}`, dataFolder, environment);
  const what = `${who} ${library.title ?? `the library ${library.name}`}`;
  if (file === undefined) return { missing: `${what}, which has not been added; type: ${command}` };
  const { majorMin = 0 } = library;
  if (file === added?.file && Number.parseInt(added.version, 10) < majorMin)
    return {
      missing: `${what} of version ${majorMin}.0 or later, but ${added.version} was added last; type: ${command}`,
    };
  return { settings: { [library.variable]: file } };
}

const inAll = (programs: readonly ContractProgram[], text: string): NonNullable<Algorithm['missing']> =>
  Object.fromEntries(programs.map((program) => [program, text]));

/** A file beside the main module of a package; undefined where there is none. */
function installedFile(wanted: NeededLibrary['installed']): string | undefined {
  if (wanted === undefined || !isInstalled(wanted.package)) return undefined;
  const main = createRequire(import.meta.url).resolve(wanted.package);
  const file = join(dirname(main), wanted.file);
  return existsSync(file) ? file : undefined;
}

export function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}
