import { invalid } from '../resource.ts';
import type { PipelineBody } from './record.ts';

/** Amazon's limit of aliases for one version. */
const aliasesMax = 10;

/** The aliases of a pipeline after some were given to a version. Throws for what another version has. */
export function withAliases(
  aliases: PipelineBody['aliases'],
  version: number,
  added: readonly string[] = [],
): PipelineBody['aliases'] {
  const after = { ...aliases };
  for (const alias of added) {
    if (/^\d+$/.test(alias))
      throw invalid(`The alias "${alias}" is a number; an alias needs a letter, so that no ID looks like it`);
    const other = Object.hasOwn(after, alias) ? after[alias] : undefined;
    if (other !== undefined && other !== version)
      throw invalid(
        `Version ${other} of the pipeline has the alias "${alias}"; take it away first with UpdatePipelineVersion`,
      );
    after[alias] = version;
  }
  const count = Object.values(after).filter((one) => one === version).length;
  if (count > aliasesMax)
    throw invalid(`Version ${version} would have ${count} aliases; at most ${aliasesMax} are allowed`);
  return after;
}

/** The same without some that a version has. */
export function withoutAliases(
  aliases: PipelineBody['aliases'],
  version: number,
  removed: readonly string[] = [],
): PipelineBody['aliases'] {
  for (const alias of removed)
    if (aliases[alias] !== version) throw invalid(`Version ${version} of the pipeline has no alias "${alias}"`);
  return Object.fromEntries(Object.entries(aliases).filter(([alias]) => !removed.includes(alias)));
}
