import type { ForeignProgram } from '../../compute/index.ts';
import type { ContractProgram, ImageRepository, MetricDefinition, TuningFacts } from '../../contract/index.ts';

/** The images that exist at this moment: some may have been added since the start. The platform knows no algorithm. */
export type AlgorithmCatalogue = () => readonly Algorithm[];

/** The programs behind an image, as plain data. */
export interface Algorithm {
  repositories: readonly ImageRepository[];
  /** The whole command of each program it has. */
  commands: Readonly<Partial<Record<ContractProgram, readonly string[]>>>;
  /** Variables of its programs' environment, which a request may change. */
  environment?: Readonly<Record<string, string>>;
  /** The same, which a request cannot change. */
  settings?: Readonly<Record<string, string>>;
  /** What stands in front of an entry point that the request brings. */
  entry?: readonly string[];
  /** Set for programs that are not ours: made for a container of their own (see `Program.foreign`). */
  foreign?: Pick<ForeignProgram, 'path' | 'folders' | 'port' | 'container'>;
  /** They run a script that the request brings: the image is meant for such requests, where another one has its name too. */
  runsScripts?: true;
  /** What a job's log says of it first. */
  note?: string;
  /** Why a program of it cannot run now, in one sentence that says what to type. */
  missing?: Readonly<Partial<Record<ContractProgram, string>>>;
  /** The same of a training on several hosts. */
  missingOnHosts?: string;
  /** URL of the module that checks a job before it is accepted (see `CheckJob`). Without one, the program itself finds what is wrong. */
  check?: string;
  /** The command that says whether a model can be served, where it has one (see `checkModelCommand`). */
  checkModel?: readonly string[];
  /** Whether `train` can be started ahead of a job (see `standbyVariable`). */
  standsBy?: boolean;
  /** The program never writes to the files of its channels: they may then be the store's own, linked instead of copied. */
  leavesInputs?: true;
  /** The service's own metric definitions for this program, from which FinalMetricDataList is made. */
  metrics?: readonly MetricDefinition[];
  /** What tuning jobs may vary, and which metrics they may judge by. Without it: everything, by any metric of the request. */
  tuning?: TuningFacts;
}

/** What a request asks for. */
export interface WantedImage {
  uri: string;
  /** `command`: one that the request brings. */
  program: ContractProgram | 'command';
  /** Whether the request brings a script of its own (see script-mode.ts). */
  runsScript: boolean;
}

const tagsDefault: readonly string[] = ['1', 'latest'];

/** Why an image of a request cannot be had, in one sentence that says what there is or what to type. */
export interface Refusal {
  refusal: string;
  /** The catalogue has an image of this name. */
  isKnown: boolean;
}

/**
 * The algorithm behind an image URI: its repository and tag count, registry account, region and suffix do not, since
 * every region has a registry of its own.
 */
export function lookUp(catalogue: AlgorithmCatalogue, wanted: WantedImage): Algorithm | Refusal {
  const algorithms = catalogue();
  const found = algorithmOf(algorithms, wanted);
  if (found === undefined) return unknown(algorithms, wanted.uri);
  return wanted.program === 'command' ? ofCommand(found, wanted.uri) : ofProgram(found, wanted.uri, wanted.program);
}

function ofProgram(found: Algorithm, uri: string, program: ContractProgram): Algorithm | Refusal {
  const missing = found.missing?.[program];
  if (missing !== undefined) return { refusal: missing, isKnown: true };
  if (found.commands[program] !== undefined) return found;
  const has = Object.keys(found.commands).join(', ');
  return { refusal: `The image "${uri}" has no program ${program}; it has: ${has}`, isKnown: true };
}

/** Built-in images run nothing but their own programs. */
function ofCommand(found: Algorithm, uri: string): Algorithm | Refusal {
  const [missing] = Object.values(found.missing ?? {});
  if (missing !== undefined && found.runsScripts) return { refusal: missing, isKnown: true };
  if (found.foreign !== undefined) return found;
  return {
    refusal: `The image "${uri}" is built in and runs its own programs only; use the image of a framework, or one of your own`,
    isKnown: true,
  };
}

function unknown(algorithms: readonly Algorithm[], uri: string): Refusal {
  const known = algorithms
    .filter(({ missing = {}, commands }) => Object.keys(commands).some((program) => !(program in missing)))
    .flatMap(({ repositories }) => repositories)
    .map(({ repository, tags = tagsDefault }) => `${repository}:${tags[0]}`);
  const { repository } = parseImage(uri);
  const tags = tagsOf(algorithms, repository);
  const has = tags.length > 0 ? `Of ${repository} it has the tags ${tags.join(', ')}` : `It has: ${known.join(', ')}`;
  return {
    refusal: `Linnet does not have the image "${uri}". ${has} (of any account and region)`,
    isKnown: tags.length > 0,
  };
}

/** Tags of a repository, without those that only add a suffix to another, such as `-cpu-py3`. */
function tagsOf(algorithms: readonly Algorithm[], wanted: string): string[] {
  const tags = algorithms
    .flatMap(({ repositories }) => repositories)
    .filter(({ repository }) => repository === wanted)
    .flatMap(({ tags = tagsDefault }) => tags);
  return [...new Set(tags)].filter((tag) => !tags.some((other) => tag.startsWith(`${other}-`)));
}

/** The same; undefined for an image that does not exist. */
export function algorithmOf(
  algorithms: readonly Algorithm[],
  { uri, runsScript }: Pick<WantedImage, 'uri' | 'runsScript'>,
): Algorithm | undefined {
  const { repository, tag } = parseImage(uri);
  const named = algorithms.filter(({ repositories }) =>
    repositories.some(
      ({ repository: name, tags = tagsDefault, tagPrefixes = [] }) =>
        name === repository && (tags.includes(tag) || tagPrefixes.some((prefix) => tag.startsWith(prefix))),
    ),
  );
  return named.find(({ runsScripts = false }) => runsScripts === runsScript) ?? named[0];
}

/** Repository and tag of `[registry/]repository[:tag][@digest]`. */
export function parseImage(image: string): { repository: string; tag: string } {
  const [named = ''] = image.split('@');
  const slash = named.indexOf('/');
  // Docker's rule: the first part is a registry when it looks like a host.
  const hasRegistry = slash !== -1 && /[.:]|^localhost$/.test(named.slice(0, slash));
  const rest = hasRegistry ? named.slice(slash + 1) : named;
  const colon = rest.lastIndexOf(':');
  return colon === -1
    ? { repository: rest, tag: 'latest' }
    : { repository: rest.slice(0, colon), tag: rest.slice(colon + 1) };
}
