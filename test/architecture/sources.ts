import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const repositoryRoot = fileURLToPath(new URL('../../../', import.meta.url));

export interface Source {
  /** Below src/. */
  path: string;
  room: string;
  /** Without its comments, so that only what runs is looked at. */
  code: string;
}

const isOfTests = /\.(test|suite|testing)\.ts$|\/testing\//;

/** The sources that ship. */
export function readSources(): Source[] {
  const sources = readdirSync(`${repositoryRoot}src`, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !isOfTests.test(path))
    .map((path) => ({
      path,
      room: path.split('/')[0] ?? '',
      code: withoutComments(readFileSync(`${repositoryRoot}src/${path}`, 'utf8')),
    }));
  if (sources.length < 100) throw new Error(`Only ${sources.length} sources were found`);
  return sources;
}

const withoutComments = (text: string): string =>
  text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|[^:'"`\\])\/\/.*$/gm, '$1');
