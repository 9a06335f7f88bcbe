import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { frameworks, type Image, repositoriesOf } from '../../images/index.ts';
import type { Algorithm } from '../../services/index.ts';

/** The programs of script mode, which run with the Python of an environment. */
const programs = fileURLToPath(new URL('../../../../python/linnet_script_mode', import.meta.url));

/** Of the server's environment, what package tools and libraries of numerics are set up by. */
const passed =
  /^(PIP_|UV_|OPENBLAS_|OMP_|MKL_)|^(https?|no|all)_proxy$|^(SSL_CERT_FILE|SSL_CERT_DIR|REQUESTS_CA_BUNDLE)$/i;

/** The programs of a framework that was added. */
export function frameworkAlgorithm(
  { name, version, folder, files, repositories, runs }: Image,
  environment: Readonly<Record<string, string | undefined>>,
): Algorithm {
  const python = join(folder, files.python ?? '');
  return {
    repositories,
    commands: { train: [python, join(programs, 'train.py')], serve: [python, join(programs, 'serve.py')] },
    entry: [python, join(programs, 'enter.py')],
    environment: Object.fromEntries(
      Object.entries(environment).filter(
        (entry): entry is [string, string] => passed.test(entry[0]) && entry[1] !== undefined,
      ),
    ),
    settings: { LINNET_FRAMEWORK: name },
    foreign: { path: [join(folder, files.programs ?? '')], folders: [folder], port: false },
    runsScripts: true,
    ...(runs === undefined
      ? {}
      : {
          note: `Linnet: this image means ${name} ${version}; ${name} ${runs} runs in its place, as \`linnet image add --use ${runs}\` said`,
        }),
  };
}

/** The images of frameworks that have not been added, each with what to type. `typed` is a command of `linnet image`. */
export function frameworksToAdd(images: readonly Image[], typed: (what: string) => string): Algorithm[] {
  return frameworks.flatMap((framework) => {
    const newest = framework.versions[0]?.version;
    return framework.versions
      .filter(({ version }) => !images.some((image) => image.name === framework.name && image.version === version))
      .map((version): Algorithm => {
        const repositories = repositoriesOf(framework, version);
        const add = `add ${framework.name} --version ${version.version}`;
        const text =
          version.packages.length > 0
            ? `The image of ${framework.title} ${version.version} has not been added; type: ${typed(add)}`
            : `The image of ${framework.title} ${version.version} needs a Python that Amazon's toolkit does not run on any more. To run another version in its place, type: ${typed(`${add} --use ${newest}`)}`;
        return { repositories, commands: {}, missing: { train: text, serve: text }, runsScripts: true };
      });
  });
}
