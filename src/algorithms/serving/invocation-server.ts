/** The network side of a serving program: GET /ping, POST /invocations, GET /execution-parameters, and frames. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { explainsHeader, framesHeader, framesProtocol, invocationsPath, pingPath } from '../../contract/index.ts';
import { type Answer, type Answering, answerOf, bodyTooLarge, plainText } from './answer.ts';
import { answerFrames, type FramedConnection } from './framed-connection.ts';
import type { LoadedModels } from './several/loaded-models.ts';
import { answerModels, isModelsPath } from './several/routes.ts';

const executionParametersPath = '/execution-parameters';
/** Longer than a client keeps an idle connection, so that it never writes into one that is closing. */
const keepAliveMs = 75_000;

export interface InvocationServerOptions extends Answering {
  models?: LoadedModels;
  /** Whether it knows the header that asks for explanations. */
  explains?: boolean;
  /** What GET /execution-parameters answers a batch transform. */
  executionParameters: Readonly<Record<string, string | number>>;
}

export interface InvocationServer {
  /** Not yet listening. */
  server: Server;
  /** Takes no more requests; connections that are idle end at once, the others after their answers, or after the grace. */
  stop(graceMs: number): void;
}

export function invocationServer(options: InvocationServerOptions): InvocationServer {
  const framed = new Map<Socket, FramedConnection>();
  const server = createServer((request, response) => {
    const { method = '', url = '' } = request;
    const path = url.split('?', 1)[0]!;
    const { bodyBytesMax, models } = options;
    if (path === invocationsPath && method === 'POST')
      return receive(request, response, bodyBytesMax, (body) => answerOf(request.headers, body, options));
    if (models !== undefined && isModelsPath(path)) {
      const { headers } = request;
      return receive(request, response, bodyBytesMax, (body) =>
        answerModels(models, { method, path, headers, body }, options),
      );
    }
    request.resume();
    if (path === pingPath && method === 'GET') {
      // Frames have no path that could name a model.
      if (models === undefined) response.setHeader(framesHeader, '1');
      if (options.explains) response.setHeader(explainsHeader, '1');
      return send(response, plainText(200, ''));
    }
    if (path === executionParametersPath && method === 'GET') {
      const body = JSON.stringify(options.executionParameters);
      return send(response, { status: 200, contentType: 'application/json', body });
    }
    const known = path === invocationsPath || path === pingPath || path === executionParametersPath;
    send(response, plainText(known ? 405 : 404, known ? `${method} is not allowed on ${path}` : 'Not found'));
  });
  server.keepAliveTimeout = keepAliveMs;
  server.on('upgrade', (request: IncomingMessage, socket: Socket, first: Buffer) => {
    if (request.headers.upgrade !== framesProtocol) return socket.destroy();
    socket.once('close', () => framed.delete(socket));
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${framesProtocol}\r\n\r\n`);
    framed.set(socket, answerFrames(socket, first, options));
  });
  return {
    server,
    stop(graceMs) {
      server.close();
      for (const connection of framed.values()) connection.end();
      // Connections that wait for a next request would hold the program until they time out.
      setInterval(() => server.closeIdleConnections(), 50).unref();
      setTimeout(() => {
        server.closeAllConnections();
        for (const socket of framed.keys()) socket.destroy();
      }, graceMs).unref();
    },
  };
}

function receive(
  request: IncomingMessage,
  response: ServerResponse,
  bodyBytesMax: number,
  answerTo: (body: Uint8Array) => Answer | Promise<Answer>,
): void {
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
    if (length > bodyBytesMax) return send(response, bodyTooLarge(length, bodyBytesMax));
    const body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
    const answer = answerTo(body);
    if (answer instanceof Promise) void answer.then((later) => send(response, later));
    else send(response, answer);
  });
}

function send(response: ServerResponse, { status, contentType, body }: Answer): void {
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  const headers: Record<string, string | number> = { 'Content-Type': contentType, 'Content-Length': length };
  response.writeHead(status, headers);
  response.end(body);
}
