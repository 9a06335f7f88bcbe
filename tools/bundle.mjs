// Joins what starts often (the command line, the programs with their manifests and threads) into few files in bundle/, laid out as dist/
// is: loading some three hundred modules one by one took most of a start. Tests run dist/.
// bundle/console is the web app. bundle/library is what `import ... from 'linnet'` gives, in Node and in browsers: it needs no other file of the package.

import { readdirSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundleConsole } from './console.mjs';
import { bundleLibrary } from './library.mjs';
import { writeLicences } from './licences.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const entries = readdirSync(join(dist, 'src'), { recursive: true })
  .filter((file) =>
    /^(cli|algorithms\/[^/]+)\/main\.js$|-worker\.js$|^algorithms\/[^/]+\/(check|manifest)\.js$/.test(file),
  )
  .map((file) => join(dist, 'src', file));

/** A module finds its data, threads and programs from its own address, which is another one in a bundle. */
const addresses = {
  name: 'addresses',
  setup({ onLoad }) {
    onLoad({ filter: /\/dist\/src\/.*\.js$/ }, async ({ path }) => {
      const code = await readFile(path, 'utf8');
      const address = JSON.stringify(relative(dist, path));
      return { contents: code.replaceAll('import.meta.url', `new URL(${address}, bundleRoot).href`), loader: 'js' };
    });
  },
};

await rm(join(root, 'bundle'), { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: entries,
  metafile: true,
  outbase: dist,
  outdir: join(root, 'bundle'),
  chunkNames: 'chunks/[hash]',
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  plugins: [addresses],
  banner: {
    js: [
      "import { createRequire as requireFrom } from 'node:module';",
      'const require = requireFrom(import.meta.url);',
      "const bundleRoot = import.meta.url.slice(0, import.meta.url.lastIndexOf('/bundle/') + 8);",
    ].join('\n'),
  },
  // Native parts stay where npm put them.
  external: ['libsql', 'koffi', 'pg-native', '@node-rs/crc32'],
  logLevel: 'warning',
});

/** Of what was read, the files that left something in a bundle. */
const used = Object.values(metafile.outputs).flatMap(({ inputs }) =>
  Object.keys(inputs).filter((file) => inputs[file].bytesInOutput > 0),
);
writeLicences(join(root, 'bundle/LICENSES.txt'), [...used, ...(await bundleLibrary()), ...(await bundleConsole())]);
