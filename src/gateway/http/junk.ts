import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { writeS3Failure } from '../protocols/rest-xml.ts';

const lingerMs = 2_000;

export interface JunkAnswers {
  /** A request began: it is answered before anything that follows it on the connection. */
  began(message: IncomingMessage, response: ServerResponse): void;
  /** Something came that is not HTTP, or a head too large or too slow: one answer, then the connection closes. */
  refuse(cause: NodeJS.ErrnoException, socket: Socket): void;
}

interface Connection {
  underway: Map<IncomingMessage, ServerResponse>;
  junk: NodeJS.ErrnoException | undefined;
}

export function answerJunk(newRequestId: () => string): JunkAnswers {
  const connections = new WeakMap<Socket, Connection>();
  const connectionOf = (socket: Socket): Connection => {
    let connection = connections.get(socket);
    if (connection === undefined) {
      connection = { underway: new Map(), junk: undefined };
      connections.set(socket, connection);
    }
    return connection;
  };
  const settle = (connection: Connection, socket: Socket): void => {
    const { junk, underway } = connection;
    if (junk === undefined || underway.size > 1) return;
    const [last] = underway;
    if (last === undefined) {
      answer(junk, socket, newRequestId());
      return;
    }
    // The junk is inside this request's body: it will never be complete.
    const [message, response] = last;
    if (message.complete) return;
    if (response.headersSent) socket.destroy();
    else answer(junk, socket, newRequestId(), () => message.destroy());
  };
  return {
    began(message, response) {
      const { socket } = message;
      const connection = connectionOf(socket);
      connection.underway.set(message, response);
      response.once('close', () => {
        connection.underway.delete(message);
        settle(connection, socket);
      });
    },
    refuse(cause, socket) {
      // The client went away, so nobody reads an answer.
      if (cause.code === 'ECONNRESET' || cause.code === 'HPE_INVALID_EOF_STATE') {
        socket.destroy();
        return;
      }
      const connection = connectionOf(socket);
      // Each further piece of junk is an error of its own.
      if (connection.junk !== undefined) return;
      connection.junk = cause;
      // The rest of the client's bytes are read for a moment, so that it finds the answer and not a reset.
      socket.on('data', () => {});
      socket.on('error', () => socket.destroy());
      settle(connection, socket);
    },
  };
}

function answer(cause: NodeJS.ErrnoException, socket: Socket, requestId: string, sent?: () => void): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const [status, code, text] = describe(cause);
  const document = writeS3Failure({ code, message: text, status: 400, details: {} }, undefined, requestId);
  const body = String(document.body);
  const headers = { ...document.headers, 'content-length': Buffer.byteLength(body), connection: 'close' };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status}\r\n${lines.join('')}\r\n${body}`, sent);
  setTimeout(() => socket.destroy(), lingerMs).unref();
}

function describe(cause: NodeJS.ErrnoException): readonly [status: string, code: string, text: string] {
  switch (cause.code) {
    case 'HPE_HEADER_OVERFLOW':
      return [
        '431 Request Header Fields Too Large',
        'RequestHeaderSectionTooLarge',
        'Your request header section exceeds the maximum allowed size',
      ];
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return ['408 Request Timeout', 'RequestTimeout', 'The head of the request did not arrive in time'];
    default:
      return ['400 Bad Request', 'BadRequest', 'An error occurred when parsing the HTTP request'];
  }
}
