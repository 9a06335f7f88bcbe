import { MessageChannel, type MessagePort } from 'node:worker_threads';

let nobody: MessagePort | undefined;

/**
 * Frees memory that nobody will look at again. Node makes a new buffer of up to 64 KB for each piece of a body; left to the
 * collector, these make it go through the whole heap with every 64 MB (37 of 300 ms of such a put). What is sent to a port
 * that nobody listens at is gone at once.
 */
export function giveBack(memory: readonly ArrayBuffer[]): void {
  if (nobody === undefined) {
    const { port1, port2 } = new MessageChannel();
    port2.close();
    nobody = port1;
  }
  nobody.postMessage(undefined, memory);
}
