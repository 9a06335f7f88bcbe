// Builds bundle/library: the library in a few modules without dependencies, and its declarations. What trains is a module of its own,
// which a page loads with its first fit.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist/src');
const target = join(root, 'bundle/library');

/** The modules of the library: name, code and the files it is made of. `minify` as a page's own bundler does. */
export async function libraryModules({ minify = false } = {}) {
  const bundle = await rolldown({
    input: { linnet: join(dist, 'library/index.js') },
    platform: 'browser',
    // Modules only define things, so that one from which nothing is used is left out.
    treeshake: { moduleSideEffects: false },
    // Of Parquet, which the library does not read: what is loaded on demand would else be kept.
    external: ['zstddec/stream'],
  });
  const { output } = await bundle.generate({
    format: 'esm',
    minify,
    comments: false,
    chunkFileNames: '[name]-[hash].js',
  });
  await bundle.close();
  return output.map(({ fileName, code, imports, dynamicImports, modules }) => {
    const foreign = [...imports, ...dynamicImports].filter((name) => !output.some((other) => other.fileName === name));
    if (foreign.length > 0) throw new Error(`${fileName} of the library needs ${foreign.join(', ')}`);
    return { fileName, code, imports, sources: Object.keys(modules) };
  });
}

/** Copies the declarations that `from` needs; compiled they name each other as sources. */
async function copyDeclarations(from) {
  const done = new Set();
  const todo = [from];
  for (let path = todo.pop(); path !== undefined; path = todo.pop()) {
    if (done.has(path)) continue;
    done.add(path);
    const text = await readFile(path, 'utf8');
    for (const [, specifier] of text.matchAll(/from '(\.[^']+)\.ts'/g))
      todo.push(resolve(dirname(path), `${specifier}.d.ts`));
    const copy = join(target, 'types', relative(dist, path));
    await mkdir(dirname(copy), { recursive: true });
    await writeFile(
      copy,
      text.replaceAll(/(from '\.[^']+)\.ts'/g, "$1.js'").replace(/\n?\/\/# sourceMappingURL=.*/, ''),
    );
  }
}

/** Writes the library, and gives the files that it is made of. */
export async function bundleLibrary() {
  await mkdir(target, { recursive: true });
  const modules = await libraryModules();
  for (const { fileName, code } of modules) await writeFile(join(target, fileName), code);
  await copyDeclarations(join(dist, 'library/index.d.ts'));
  return modules.flatMap(({ sources }) => sources);
}
