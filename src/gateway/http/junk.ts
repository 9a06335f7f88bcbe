import type { Socket } from 'node:net';
import { writeS3Failure } from '../protocols/rest-xml.ts';

const junkLingerMs = 2_000;

/** Something came that is not HTTP, or a head too large or too slow: one answer, then the connection closes. */
export function answerJunk(cause: NodeJS.ErrnoException, socket: Socket, requestId: string): void {
  if (!socket.writable || socket.bytesWritten > 0 || cause.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const [status, code, text] =
    cause.code === 'HPE_HEADER_OVERFLOW'
      ? [
          '431 Request Header Fields Too Large',
          'RequestHeaderSectionTooLarge',
          'Your request header section exceeds the maximum allowed size',
        ]
      : cause.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? ['408 Request Timeout', 'RequestTimeout', 'The head of the request did not arrive in time']
        : ['400 Bad Request', 'BadRequest', 'An error occurred when parsing the HTTP request'];
  const { status: _, ...document } = writeS3Failure(
    { code, message: text, status: 400, details: {} },
    undefined,
    requestId,
  );
  const body = String(document.body);
  const headers = Object.entries({
    ...document.headers,
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  });
  socket.end(`HTTP/1.1 ${status}\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`);
  // What the client still sends is taken for a moment, so that it finds the answer and not a reset.
  socket.removeAllListeners('data');
  socket.on('error', () => socket.destroy());
  socket.resume();
  setTimeout(() => socket.destroy(), junkLingerMs).unref();
}
