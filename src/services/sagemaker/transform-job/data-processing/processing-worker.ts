import { parentPort, workerData } from 'node:worker_threads';
import { DataError } from '../../../../base/index.ts';
import { handlerOf } from './data-processing.ts';
import type { Handled, ProcessingSettings } from './handling.ts';
import type { FromProcessing, ToProcessing } from './processing-thread.ts';
import { seededIds } from './seeded-ids.ts';

// The thread behind openProcessing: handles bodies and their answers, so that no filter holds up the server.
const { inference, ...settings } = workerData as ProcessingSettings;
const handle = handlerOf({
  ...settings,
  inference: inference && { time: inference.time, newId: seededIds(inference.seed) },
});
const handled = new Map<number, Handled>();
const port = parentPort!;

port.on('message', (message: ToProcessing) => {
  const { id } = message;
  try {
    if ('body' in message) {
      const { body, records, output } = handle(message.body, message.first);
      handled.set(id, { body, records, output });
      answer({ id, records, bytes: body });
    } else if ('answer' in message) {
      answer({ id, records: 0, bytes: handled.get(id)!.output(message.answer) });
      handled.delete(id);
    } else {
      handled.delete(id);
    }
  } catch (thrown) {
    handled.delete(id);
    if (!(thrown instanceof DataError)) throw thrown;
    port.postMessage({ id, fault: thrown.message } satisfies FromProcessing);
  }
});

/** The bytes go with their memory, which must be theirs alone: a small buffer shares Node's pool. */
function answer({ bytes, ...rest }: { id: number; records: number; bytes: Uint8Array }): void {
  const own = bytes.byteLength === bytes.buffer.byteLength ? bytes : Uint8Array.from(bytes);
  port.postMessage({ ...rest, bytes: own } satisfies FromProcessing, [own.buffer as ArrayBuffer]);
}
