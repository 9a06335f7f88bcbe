// Words: no FIXME, one title a document, links that lead somewhere, and no path of one person's machine.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\0')
  .filter((file) => /\.(md|tsx?|mjs|py)$/.test(file) && existsSync(join(root, file)));
const problems = [];
for (const file of files) {
  const text = readFileSync(join(root, file), 'utf8');
  const self = file === 'tools/tidy.mjs';
  if (!self && /\bFIXME\b/.test(text)) problems.push(`${file}: FIXME`);
  if (!self && /\/(?:root|home\/\w+|work)\//.test(text.replaceAll('/home/user/', '')))
    problems.push(`${file}: names a path of one machine`);
  if (!file.endsWith('.md')) continue;
  const prose = text.replace(/```.*?```/gs, '');
  const titles = prose.match(/^# /gm)?.length ?? 0;
  if (titles !== 1) problems.push(`${file}: ${titles} titles`);
  for (const [, link] of prose.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)) {
    if (!/^[a-z]+:/.test(link) && !existsSync(resolve(root, dirname(file), link)))
      problems.push(`${file}: ${link} leads nowhere`);
  }
}
if (files.length === 0) problems.push('No file was read');
console.log(`tidy: ${files.length} files, ${problems.length} problems`);
for (const problem of problems) console.log(`  ${problem}`);
process.exit(problems.length === 0 ? 0 : 1);
