// Builds bundle/console: the console as modules and styles that are packed by Brotli, split by page.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { build } from 'esbuild';
import { hyperparameterTable as linearLearner } from '../dist/src/algorithms/linear-learner/hyperparameters/table.js';
import { hyperparameterTable as xgboost } from '../dist/src/algorithms/xgboost/hyperparameters/table.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = join(root, 'console');
const target = join(root, 'bundle/console');
const compress = promisify(brotliCompress);

/** The tables that the algorithms check hyperparameters by, and the check: forms are made from them. */
const hyperparameters = {
  name: 'hyperparameters',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^linnet:hyperparameters$/ }, ({ path }) => ({ path, namespace: 'linnet' }));
    onLoad({ filter: /.*/, namespace: 'linnet' }, () => ({
      // The tables as data: as modules they would bring the kernels along.
      contents: `
        export { parseByTable } from './dist/src/algorithms/program/hyperparameters/parse.js';
        export const tables = ${JSON.stringify({ 'linear-learner': linearLearner, xgboost })};`,
      resolveDir: root,
    }));
  },
};

/** The modules of the console: name, bytes, and the names of those that are loaded with it. */
export async function consoleModules() {
  const { outputFiles, metafile } = await build({
    entryPoints: { main: join(source, 'main.tsx') },
    absWorkingDir: root,
    outdir: join(target, 'assets'),
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    assetNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    target: ['es2022'],
    jsx: 'automatic',
    minify: true,
    legalComments: 'none',
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: [hyperparameters],
    metafile: true,
    write: false,
    logLevel: 'warning',
  });
  const facts = new Map(Object.entries(metafile.outputs).map(([path, output]) => [basename(path), output]));
  const modules = outputFiles.map(({ path, contents }) => {
    const { imports = [], entryPoint, cssBundle } = facts.get(basename(path)) ?? {};
    const loaded = imports.filter(({ kind, external }) => kind === 'import-statement' && !external);
    return {
      fileName: basename(path),
      contents,
      entryPoint,
      imports: [...loaded.map((each) => basename(each.path)), ...(cssBundle ? [basename(cssBundle)] : [])],
    };
  });
  const sources = Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.keys(inputs).filter((file) => inputs[file].bytesInOutput > 0),
  );
  return { modules, sources: sources.filter((file) => !file.startsWith('linnet:')) };
}

export const pack = (bytes) =>
  compress(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  });

/** Writes the console, and gives the files that it is made of. */
export async function bundleConsole() {
  await mkdir(join(target, 'assets'), { recursive: true });
  const { modules, sources } = await consoleModules();
  const icon = { fileName: 'icon.svg', contents: await readFile(join(source, 'icon.svg')) };
  await Promise.all(
    [...modules, icon].map(async ({ fileName, contents }) =>
      writeFile(join(target, 'assets', `${fileName}.br`), await pack(contents)),
    ),
  );
  const nameOf = (pattern) => modules.find(({ fileName }) => pattern.test(fileName)).fileName;
  const html = (await readFile(join(source, 'index.html'), 'utf8'))
    .replace('{icon}', icon.fileName)
    .replace('{styles}', nameOf(/^main-.*\.css$/))
    .replace('{script}', nameOf(/^main-.*\.js$/));
  await writeFile(join(target, 'index.html'), html);
  return sources;
}
