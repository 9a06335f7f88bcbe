import { type Agent, type IncomingMessage, request } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ProgramAddress } from '../../../compute/index.ts';
import { invocationsPath } from '../../../contract/index.ts';
import { ContainerFailure } from './container-failure.ts';

interface StreamedInvocation {
  address: ProgramAddress;
  agent: Agent;
  headers: Readonly<Record<string, string>>;
  body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  /** How long the program may be silent. */
  timeoutMs: number;
  signal: AbortSignal;
}

/**
 * Posts a body of any length in chunks, and resolves with the answer when its head is there; its body follows as a stream.
 * Throws ContainerFailure, and what the body throws.
 */
export function streamInvocation(invocation: StreamedInvocation): Promise<IncomingMessage> {
  const { address, agent, headers, body, timeoutMs, signal } = invocation;
  return new Promise((resolve, reject) => {
    const outgoing = request({ ...address, agent, method: 'POST', path: invocationsPath, headers, signal });
    outgoing.setTimeout(timeoutMs, () => {
      const silence = new ContainerFailure('timeout', `no answer within ${timeoutMs} ms`);
      reject(silence);
      outgoing.destroy(silence);
    });
    outgoing.once('response', resolve);
    outgoing.once('error', (cause) =>
      reject(cause instanceof ContainerFailure ? cause : new ContainerFailure('lost', cause.message)),
    );
    // A program may answer before it has read everything: what it says then counts.
    pipeline(Readable.from(body, { objectMode: false }), outgoing).catch(reject);
  });
}

/** The most of a program's error text that is read. */
const textBytesMax = 64 * 1024;

/** The text of an answer that is an error. */
export async function readText(answer: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes > textBytesMax) break;
  }
  return Buffer.concat(chunks).toString('utf8', 0, textBytesMax);
}
