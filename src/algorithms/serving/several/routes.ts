import { modelsPath } from '../../../contract/index.ts';
import { type Answer, type Answering, answerOf, plainText } from '../answer.ts';
import type { LoadedModels } from './loaded-models.ts';

export interface ModelRequest {
  method: string;
  path: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: Uint8Array;
}

/** What POST, GET and DELETE of /models and below answer; undefined for any other path. */
export function answerModels(
  models: LoadedModels,
  { method, path, headers, body }: ModelRequest,
  { onError }: Pick<Answering, 'onError'>,
): Answer | Promise<Answer> {
  const [, , name = '', verb, ...more] = path.split('/').map(decoded);
  if (name === '') {
    if (method === 'GET') return models.list();
    return method === 'POST' ? load(models, body) : notAllowed(method, path);
  }
  if (verb === undefined) {
    if (method === 'GET') return models.describe(name);
    return method === 'DELETE' ? models.unload(name) : notAllowed(method, path);
  }
  if (verb !== 'invoke' || more.length > 0) return plainText(404, 'Not found');
  if (method !== 'POST') return notAllowed(method, path);
  return answerOf(headers, body, { invoke: (invocation) => models.invoke(name, invocation), onError });
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export const isModelsPath = (path: string): boolean => path === modelsPath || path.startsWith(`${modelsPath}/`);

const notAllowed = (method: string, path: string): Answer => plainText(405, `${method} is not allowed on ${path}`);

function load(models: LoadedModels, body: Uint8Array): Answer | Promise<Answer> {
  let order: { model_name?: unknown; url?: unknown } | undefined;
  try {
    order = JSON.parse(Buffer.from(body).toString()) as typeof order;
  } catch {
    // It is no JSON, which is said below.
  }
  const { model_name: name, url } = order ?? {};
  if (typeof name !== 'string' || name === '' || typeof url !== 'string')
    return plainText(400, 'The body must be JSON with the texts model_name and url');
  return models.load(name, url);
}
