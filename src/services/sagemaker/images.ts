import type { MetricDefinition } from '../../contract/index.ts';
import { invalid } from './resource.ts';

/** The programs Linnet has, as the server's configuration names them. Plain data: the platform knows no algorithm. */
export type AlgorithmCatalogue = readonly Algorithm[];

export interface Algorithm {
  /** Repository of the image URI, such as `linear-learner`. */
  repository: string;
  /** Tags of the image URI; `1` and `latest` when left out. */
  tags?: readonly string[];
  /** Executable and leading arguments; `train` or `serve` is added. */
  command: readonly string[];
  /** URL of the module that checks a job before it is accepted (see `CheckJob`). Left out: the program finds what is wrong. */
  check?: string;
  /** The command of `train`, where that program can be started ahead of a job (see `standbyVariable`). */
  standby?: readonly string[];
  /** The program never writes to the files of its channels: they may then be the store's own, linked instead of copied. */
  leavesInputs?: true;
  /** The service's own metric definitions for this program: what FinalMetricDataList is made of. */
  metrics?: readonly MetricDefinition[];
}

const tagsDefault = ['1', 'latest'];

/**
 * The algorithm behind an image URI: its repository and tag count, registry account, region and suffix do not, since
 * every region has a registry of its own. Throws a ValidationException that names the images there are.
 */
export function findAlgorithm(catalogue: AlgorithmCatalogue, image: string): Algorithm {
  const found = algorithmOf(catalogue, image);
  if (found !== undefined) return found;
  const known = catalogue.map((algorithm) => `${algorithm.repository}:${(algorithm.tags ?? tagsDefault)[0]}`);
  throw invalid(`Linnet does not have the image "${image}". It has: ${known.join(', ')} (of any account and region)`);
}

/** The same; undefined for an image that there is not. */
export function algorithmOf(catalogue: AlgorithmCatalogue, image: string): Algorithm | undefined {
  const { repository, tag } = parseImage(image);
  return catalogue.find(
    (algorithm) => algorithm.repository === repository && (algorithm.tags ?? tagsDefault).includes(tag),
  );
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
