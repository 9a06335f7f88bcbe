import type { Invocation } from '../serving/answer.ts';

/** What an invocation asks for beside its answer. */
export type Asked =
  | { as: 'rows'; accept: string | undefined }
  | { as: 'clarify'; explains: boolean; accept: string | undefined }
  | { as: undefined }
  | { problem: string };

const headerLengthMax = 1024;
const parameter = /;\s*explain\s*=\s*"?([^\s",;]*)"?\s*(?=[;,]|$)/i;

/** By our header, or by `Accept: application/json; explain=true`, which goes no further. */
export function askedIn({ accept, explain }: Pick<Invocation, 'accept' | 'explain'>): Asked {
  if (explain === undefined && accept === undefined) return { as: undefined };
  const [whole, value] = parameter.exec((accept ?? '').slice(0, headerLengthMax)) ?? [];
  if (value !== undefined && !/^(true|false)$/i.test(value))
    return { problem: `Accept has explain=${value}; it takes true or false` };
  const without = whole === undefined ? accept : accept!.replace(whole, '');
  const header = explain?.trim().toLowerCase();
  if (header !== undefined && !/^(true|false|clarify|clarify-none)$/.test(header))
    return { problem: `The header x-linnet-explain is "${explain!.slice(0, 64)}"; it takes true or false` };
  if (header?.startsWith('clarify')) return { as: 'clarify', explains: header === 'clarify', accept: without };
  return header === 'true' || (header === undefined && value?.toLowerCase() === 'true')
    ? { as: 'rows', accept: without }
    : { as: undefined };
}
