// Holds the imports of src/ against the table of rooms: which room may import which, and only through its door.
// Prevents what project references allow: reaching past index.ts, and a browser-safe room that imports Node.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const src = fileURLToPath(new URL('../src', import.meta.url));
const rooms = Object.fromEntries(
  readdirSync(src).map((room) => [
    room,
    JSON.parse(readFileSync(join(src, room, 'tsconfig.json'), 'utf8')).references.map(({ path }) =>
      path.replace('../', ''),
    ),
  ]),
);
const browserSafe = new Set(['framing', 'kernels', 'formats', 'learners', 'tables', 'library']);
const libraryOf = {
  framing: [],
  kernels: [],
  learners: [],
  library: [],
  tables: ['papaparse'],
  formats: [
    '@foxglove/crc',
    'fflate',
    'hyparquet',
    'hyparquet/src/column.js',
    'hyparquet-compressors',
    'nanotar',
    'zstddec/stream',
  ],
};
const problems = [];
let files = 0;

for (const path of readdirSync(src, { recursive: true }).filter((file) => file.endsWith('.ts'))) {
  files += 1;
  const room = path.split('/')[0];
  const isTest = /\.(test|suite|testing)\.ts$|\/testing\//.test(path);
  const text = readFileSync(join(src, path), 'utf8');
  for (const [, specifier] of text.matchAll(/^(?:import|export)[^'"]*?from '([^']+)'|^import '([^']+)'/gms)) {
    if (specifier === undefined) continue;
    if (!specifier.startsWith('.')) {
      if (isTest || !browserSafe.has(room)) continue;
      if (specifier.startsWith('node:'))
        problems.push(`${path}: ${room} runs in a browser and may not import ${specifier}`);
      else if (!libraryOf[room].includes(specifier))
        problems.push(`${path}: ${room} has no dependencies and may not import ${specifier}`);
      continue;
    }
    const target = relative(src, resolve(src, dirname(path), specifier));
    const other = target.split('/')[0];
    if (other === room) continue;
    if (!rooms[room].includes(other) && !isTest) problems.push(`${path}: ${room} may not import ${other}`);
    if (target !== `${other}/index.ts` && !target.endsWith('.suite.ts'))
      problems.push(`${path}: ${other} is entered through its index.ts, not ${target}`);
  }
}
if (files === 0) problems.push('No file was read');
console.log(`rooms: ${files} files, ${problems.length} problems`);
for (const problem of problems) console.log(`  ${problem}`);
process.exit(problems.length === 0 ? 0 : 1);
