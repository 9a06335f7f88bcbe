/** The HTTP side of a serving program: GET /ping, POST /invocations, GET /execution-parameters. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { invocationsPath, pingPath } from '../../contract/index.ts';

export interface Invocation {
  contentType: string;
  accept: string | undefined;
  body: Uint8Array;
}

export interface Answer {
  status: number;
  contentType: string;
  body: string | Uint8Array;
}

export interface InvocationServerOptions {
  invoke: (invocation: Invocation) => Answer;
  bodyBytesMax: number;
  /** What GET /execution-parameters tells a batch transform. */
  executionParameters: Readonly<Record<string, string | number>>;
  /** Told of an invocation that failed by our own fault. */
  onError: (error: unknown) => void;
}

const executionParametersPath = '/execution-parameters';
/** Longer than a client keeps an idle connection, so that it never writes into one that is closing. */
const keepAliveMs = 75_000;

export const plainText = (status: number, text: string): Answer => ({
  status,
  contentType: 'text/plain; charset=utf-8',
  body: text,
});

/** The server, not yet listening. */
export function invocationServer(options: InvocationServerOptions): Server {
  const server = createServer((request, response) => {
    const { method, url = '' } = request;
    const path = url.split('?', 1)[0];
    if (path === invocationsPath && method === 'POST') return receive(request, response, options);
    request.resume();
    if (path === pingPath && method === 'GET') return send(response, plainText(200, ''));
    if (path === executionParametersPath && method === 'GET') {
      const body = JSON.stringify(options.executionParameters);
      return send(response, { status: 200, contentType: 'application/json', body });
    }
    const known = path === invocationsPath || path === pingPath || path === executionParametersPath;
    send(response, plainText(known ? 405 : 404, known ? `${method} is not allowed on ${path}` : 'Not found'));
  });
  server.keepAliveTimeout = keepAliveMs;
  return server;
}

function receive(request: IncomingMessage, response: ServerResponse, options: InvocationServerOptions): void {
  const { bodyBytesMax } = options;
  const chunks: Uint8Array[] = [];
  let length = 0;
  request.on('data', (chunk: Uint8Array) => {
    length += chunk.length;
    // What is too much is read and dropped: a client that is still sending would not see an early answer.
    if (length <= bodyBytesMax) chunks.push(chunk);
    else chunks.length = 0;
  });
  request.on('error', () => response.destroy());
  request.on('end', () => {
    if (length > bodyBytesMax) {
      send(response, plainText(413, `The body has ${length} bytes, the limit is ${bodyBytesMax}`));
      return;
    }
    const body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
    const { 'content-type': contentType = '', accept, 'content-encoding': encoding = 'identity' } = request.headers;
    if (encoding !== 'identity') {
      send(response, plainText(415, `Content-Encoding "${encoding}" is not supported: the body must be uncompressed`));
      return;
    }
    try {
      send(response, options.invoke({ contentType, accept, body }));
    } catch (error) {
      options.onError(error);
      send(response, plainText(500, 'Internal error, the log has the details'));
    }
  });
}

function send(response: ServerResponse, { status, contentType, body }: Answer): void {
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  const headers: Record<string, string | number> = { 'Content-Type': contentType, 'Content-Length': length };
  response.writeHead(status, headers);
  response.end(body);
}
