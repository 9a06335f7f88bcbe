import { ServiceError } from '../../base/index.ts';
import type { WireRequest } from '../http/wire-request.ts';
import type { Binding } from '../model/service-model.ts';
import type { S3Address } from './s3-address.ts';

type Level = 'service' | 'bucket' | 'object';

interface Route {
  name: string;
  /** Parameters that must be there, some with a fixed value (list-type=2). */
  query: readonly { name: string; value: string | undefined }[];
  headers: readonly string[];
}

export type Routes = ReadonlyMap<string, readonly Route[]>;

/** Groups the bindings by method and level, most specific first; among equals the model's order holds. */
export function compileRoutes(bindings: readonly Binding[]): Routes {
  const routes = new Map<string, Route[]>();
  for (const { name, method, uri, query, headers } of bindings) {
    const [path = '', constants = ''] = uri.split('?');
    const level = levels[path];
    if (level === undefined) continue;
    const fixed =
      constants === ''
        ? []
        : constants.split('&').map((part) => ({ name: part.split('=')[0]!, value: part.split('=')[1] }));
    const route = {
      name,
      query: [...fixed, ...query.map((parameter) => ({ name: parameter, value: undefined }))],
      headers,
    };
    const key = `${method} ${level}`;
    routes.set(key, [...(routes.get(key) ?? []), route]);
  }
  for (const list of routes.values())
    list.sort((a, b) => b.query.length + b.headers.length - (a.query.length + a.headers.length));
  return routes;
}

const levels: Readonly<Record<string, Level>> = { '/': 'service', '/{Bucket}': 'bucket', '/{Bucket}/{Key+}': 'object' };

/** Name of the operation a request asks for. Throws MethodNotAllowed (405) or InvalidArgument (400). */
export function routeS3(routes: Routes, request: WireRequest, address: S3Address): string {
  const level: Level = address.bucket === undefined ? 'service' : address.key === undefined ? 'bucket' : 'object';
  const names = new Map(request.query.map(({ name, value }) => [name, value]));
  const route = routes
    .get(`${request.method} ${level}`)
    ?.find(
      ({ query, headers }) =>
        query.every(({ name, value }) => names.has(name) && (value === undefined || names.get(name) === value)) &&
        headers.every((name) => request.headers[name] !== undefined),
    );
  if (route === undefined) {
    throw new ServiceError('MethodNotAllowed', 'The specified method is not allowed against this resource.', {
      status: 405,
      details: { Method: request.method, ResourceType: level.toUpperCase() },
    });
  }
  // One of the two alone would otherwise quietly overwrite the whole object.
  if (request.method === 'PUT' && names.has('uploadId') !== names.has('partNumber')) {
    throw new ServiceError('InvalidArgument', 'uploadId and partNumber belong together; only one of them was given', {
      status: 400,
    });
  }
  return route.name;
}
