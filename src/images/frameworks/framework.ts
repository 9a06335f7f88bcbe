/** A framework whose images run a script that the request brings, as `linnet image add` makes them. */
export interface Framework {
  /** By which it is added. */
  name: string;
  /** As people call it, in front of a version. */
  title: string;
  /** Of the image URIs that Amazon's SDK makes. */
  repositories: readonly string[];
  /** Newest first: the first one that this Python takes is the default. */
  versions: readonly FrameworkVersion[];
}

export interface FrameworkVersion {
  version: string;
  /** How its tags begin: the tag itself, or what a hyphen follows. */
  tag: string;
  /** The oldest and the newest Python for which its packages exist. */
  python: readonly [string, string];
  /** What pip installs beside the toolkits, pinned. None: no Python that is still kept runs it. */
  packages: readonly string[];
  /** On disk, in MB; the download is about a third. */
  sizeMb: number;
  /** Of sagemaker-training, where the newest does not go with the packages. */
  trainingToolkit?: string;
}

/** Amazon's own, from the package index. */
export const trainingToolkit = '5.1.4';
export const inferenceToolkit = '1.10.1';

/** Everything that is installed for a version. */
export const packagesOf = ({ packages, trainingToolkit: own = trainingToolkit }: FrameworkVersion): string[] => [
  `sagemaker-training==${own}`,
  `sagemaker-inference==${inferenceToolkit}`,
  ...packages,
];

/** Whether a Python of this `major.minor` takes a version. */
export function takes({ python: [oldest, newest], packages }: FrameworkVersion, python: string): boolean {
  return packages.length > 0 && minorOf(oldest) <= minorOf(python) && minorOf(python) <= minorOf(newest);
}

const minorOf = (python: string): number => {
  const [major = 0, minor = 0] = python.split('.').map(Number);
  return major * 1000 + minor;
};
