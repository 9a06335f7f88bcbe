// The licences of the packages that a bundle has code of: most ask that their text goes with every copy.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Folder of the package that a file belongs to; undefined for our own. */
const packageOf = (file) =>
  /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(resolve(root, file).replaceAll('\\', '/'))?.[0];

function licenceOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const texts = readdirSync(folder, { withFileTypes: true }).filter(
    (entry) => entry.isFile() && /^(licen[cs]e|notice|copying)/i.test(entry.name),
  );
  const text = texts.map(({ name: file }) => readFileSync(join(folder, file), 'utf8').trim()).join('\n\n');
  return `${name} ${version} (${license})\n\n${text === '' ? 'The package has no file of its licence.' : text}\n`;
}

/** Writes the licences of all packages that the files come from, by name. */
export function writeLicences(path, files) {
  const folders = [...new Set(files.map(packageOf).filter(Boolean))].sort();
  if (folders.length === 0) throw new Error('No package was found in the bundles');
  writeFileSync(
    path,
    `The bundles hold code of these packages.\n\n${folders.map(licenceOf).join(`\n${'-'.repeat(80)}\n\n`)}`,
  );
}
