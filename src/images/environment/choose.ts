import { DataError } from '../../base/index.ts';
import { type Framework, type FrameworkVersion, takes } from '../frameworks/framework.ts';

export interface Wanted {
  version: string | undefined;
  /** The version that is to run in its place. */
  use: string | undefined;
  /** `major.minor` */
  python: string;
}

export interface Chosen {
  /** The version whose image names it answers to. */
  meant: FrameworkVersion;
  /** The version that is installed. */
  run: FrameworkVersion;
}

/**
 * Which version of a framework is installed, and for which one it stands. Nothing is replaced that the user did not ask
 * for: throws DataError, which names the versions that this Python takes.
 */
export function chooseVersion(framework: Framework, { version, use, python }: Wanted): Chosen {
  const installable = framework.versions.filter((each) => takes(each, python));
  const advice = `Python ${python} takes ${listed(installable)}`;
  const find = (text: string): FrameworkVersion => {
    const found = framework.versions.find((each) => each.version === text || each.tag === text);
    if (found !== undefined) return found;
    throw new DataError(`${framework.title} ${text} is not known; there are: ${listed(framework.versions)}. ${advice}`);
  };
  const meant = version === undefined ? installable[0] : find(version);
  if (meant === undefined)
    throw new DataError(
      `No version of ${framework.title} can be installed with Python ${python}; ${rangesOf(framework)}. Name another Python by --python`,
    );
  const run = use === undefined ? meant : find(use);
  if (takes(run, python)) return { meant, run };
  const [oldest, newest] = run.python;
  const why =
    run.packages.length === 0
      ? `has packages for Python ${oldest} to ${newest} only, which Amazon's toolkit does not run on any more`
      : `has packages for Python ${oldest} to ${newest}, and this is ${python}`;
  const instead = installable[0];
  const offer =
    instead === undefined || use !== undefined
      ? ''
      : `, or let another version run in its place: --use ${instead.version} (the log of every job says so)`;
  throw new DataError(`${framework.title} ${run.version} ${why}. ${advice}; name another Python by --python${offer}`);
}

const listed = (versions: readonly FrameworkVersion[]): string =>
  versions.length === 0 ? 'none' : versions.map(({ version }) => version).join(', ');

const rangesOf = ({ versions }: Framework): string =>
  versions
    .filter(({ packages }) => packages.length > 0)
    .map(({ version, python: [oldest, newest] }) => `${version} takes ${oldest} to ${newest}`)
    .join(', ');
