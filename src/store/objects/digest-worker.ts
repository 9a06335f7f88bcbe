// A thread that digests the bytes of large objects, so that neither the network nor the disk waits for it.
import { parentPort } from 'node:worker_threads';
import { runningDigests } from './digest.ts';
import type { FromDigests, ToDigests } from './digest-thread.ts';

const port = parentPort!;
const running = new Map<number, ReturnType<typeof runningDigests>>();
const say = (message: FromDigests): void => port.postMessage(message);

port.on('message', async (message: ToDigests) => {
  const { body } = message;
  if ('algorithms' in message) running.set(body, runningDigests(message.algorithms));
  else if ('bytes' in message) {
    running.get(body)?.update(Buffer.from(message.bytes, 0, message.length));
    say({ body });
  } else {
    const digests = message.end ? await running.get(body)?.result() : undefined;
    running.delete(body);
    if (digests !== undefined) say({ body, digests });
  }
});
