import { isBuiltin } from 'node:module';
import { findNamespaces } from '../../compute/index.ts';
import { findPackageTool, readImages } from '../../images/index.ts';
import type { ServerConfig } from '../config.ts';
import { readBuiltIns } from '../images/algorithms.ts';
import { isInstalled, openCatalogue } from '../images/catalogue.ts';
import { examineContainers } from './containers.ts';
import type { Finding } from './finding.ts';

/** Packages, libraries and tools, some of which only some images need. */
export async function examineParts({ dataFolder, environment, containers }: ServerConfig): Promise<Finding[]> {
  return [
    database(),
    koffi(),
    ...(await builtInImages(dataFolder, environment)),
    images(dataFolder),
    await packageTool(),
    await namespaces(),
    await examineContainers(containers),
  ];
}

function database(): Finding {
  if (isBuiltin('node:sqlite')) return { what: 'database', state: 'ok', text: 'SQLite of Node.js' };
  return isInstalled('libsql')
    ? { what: 'database', state: 'ok', text: 'SQLite of the npm package libsql' }
    : {
        what: 'database',
        state: 'wrong',
        text: 'this Node.js has no SQLite',
        advice: 'Install Node.js 22.13 or later, or type: npm install libsql',
      };
}

const koffi = (): Finding =>
  isInstalled('koffi')
    ? { what: 'koffi', state: 'ok', text: 'calls the XGBoost library' }
    : {
        what: 'koffi',
        state: 'note',
        text: 'is not installed; training with XGBoost needs it',
        advice: 'Type: npm install koffi',
      };

async function builtInImages(dataFolder: string, environment: ServerConfig['environment']): Promise<Finding[]> {
  return openCatalogue(await readBuiltIns(), dataFolder, environment)()
    .filter(({ commands }) => Object.keys(commands).length > 0)
    .filter(({ foreign }) => foreign === undefined)
    .map(({ repositories, commands, missing }): Finding => {
      const what = repositories.at(-1)?.repository ?? '';
      const does = commands.train === undefined ? 'serves' : 'trains and serves';
      const [text, advice] = (missing?.train ?? missing?.serve ?? does).split('; type: ');
      if (missing === undefined) return { what, state: 'ok', text: text! };
      return { what, state: 'note', text: text!, ...(advice === undefined ? {} : { advice: `Type: ${advice}` }) };
    });
}

function images(dataFolder: string): Finding {
  const names = readImages(dataFolder).map(({ name, version }) => `${name} ${version}`);
  return { what: 'images', state: 'ok', text: names.length === 0 ? 'none added' : names.join(', ') };
}

async function packageTool(): Promise<Finding> {
  try {
    return { what: 'pip', state: 'ok', text: `${(await findPackageTool('')).command.join(' ')} adds images` };
  } catch {
    return {
      what: 'pip',
      state: 'note',
      text: 'neither pip nor uv was found; linnet image add needs one',
      advice: 'Install Python 3 with pip (Debian: apt install python3-pip), or uv',
    };
  }
}

async function namespaces(): Promise<Finding> {
  const found = await findNamespaces();
  if (!('why' in found)) {
    const text = "gives programs of images their /opt/ml, and hides the server's data from them";
    if (found.bound && found.ownProcesses) return { what: 'unshare', state: 'ok', text };
    const lack = found.bound ? 'they see all other processes' : 'they can undo that';
    const advice = found.bound
      ? 'Allow namespaces of processes (a /proc of their own)'
      : 'Install setpriv (package util-linux)';
    return { what: 'unshare', state: 'note', text: `${text}; but ${lack}`, advice };
  }
  return {
    what: 'unshare',
    state: 'note',
    text: `${found.why}; programs that expect /opt/ml may fail, and all can read the server's data`,
    advice: 'Allow user namespaces, or have programs read SAGEMAKER_BASE_DIR',
  };
}
