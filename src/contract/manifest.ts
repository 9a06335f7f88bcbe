/**
 * What an algorithm's folder says of itself: a module `manifest` beside the program that exports `manifest` of this type.
 * The platform finds it by its path; a second algorithm is another folder.
 */
export interface AlgorithmManifest {
  /** The images that it implements. */
  repositories: readonly ImageRepository[];
  /** File beside the manifest that Node runs; `train` or `serve` is added. */
  program: string;
  /** The programs that it has; both when left out. */
  programs?: readonly ContractProgram[];
  /** Whether the program has a command `check-model` (see `checkModelCommand`). */
  checksModels?: true;
  /** File beside the manifest that checks a job before it is accepted (see `CheckJob`). Without one, the program itself finds what is wrong. */
  check?: string;
  /** Whether `train` can be started ahead of a job (see `standbyVariable`). */
  standsBy?: boolean;
  /** Whether `train` never writes to the files of its channels, which may then be links to the store's own. */
  leavesInputs?: true;
  /** The service's own metric definitions for this program, from which FinalMetricDataList is made. */
  metrics?: readonly MetricDefinition[];
  /** What tuning jobs may vary, and which metrics they may judge by. */
  tuning?: TuningFacts;
  /** A library that its programs load and that the user adds to the data folder. */
  library?: NeededLibrary;
  /** Optional npm packages that its programs load. */
  packages?: readonly string[];
  /** What `train` needs beside that for a job of several hosts. */
  onHosts?: { library: Omit<NeededLibrary, 'neededBy'>; packages: readonly string[] };
}

/** Part of an image URI: what stands between registry and tag, and the tags. */
export interface ImageRepository {
  /** Such as `linear-learner`. */
  repository: string;
  /** `1` and `latest` when left out. */
  tags?: readonly string[];
  /** What further tags begin with. */
  tagPrefixes?: readonly string[];
}

export interface NeededLibrary {
  /** Name by which `linnet image add` adds it. */
  name: string;
  /** The environment variable that gives the programs its path. */
  variable: string;
  /** What it is called in messages; its name when left out. */
  title?: string;
  /** Where it lies when it is installed beside Linnet: an npm package, and a file beside the package's main module. */
  installed?: { package: string; file: string };
  /** The least first number of its version, where an older one will not do. */
  majorMin?: number;
  /** The programs that do not start without it. */
  neededBy: readonly ContractProgram[];
}

/**
 * The argument with which a program only says whether it can serve the model below its root: exit code 1, and the reason as its
 * failure file, when it cannot.
 */
export const checkModelCommand = 'check-model';

/** The programs of the container contract: the last argument of a command. */
export type ContractProgram = 'train' | 'serve';

export interface TuningFacts {
  hyperparameters: readonly TunableHyperparameter[];
  objectives: readonly { metric: string; better: 'Maximize' | 'Minimize' }[];
}

export interface TunableHyperparameter {
  name: string;
  kind: 'continuous' | 'integer' | 'categorical';
}

export interface MetricDefinition {
  name: string;
  /** The first group of the last matching line is the value. */
  regex: string;
  /** A final metric that Describe does not list among the definitions. */
  unlisted?: true;
}
