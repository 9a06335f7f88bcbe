/** The thread of `DecodeThread`. */
import { parentPort } from 'node:worker_threads';
import { assert, DataError, Unavailable } from '../../base/index.ts';
import { type AnyBlock, decodePass, isSparse } from './decode.ts';
import { type FromThread, slotCount, type ToThread } from './decode-thread.ts';

const port = parentPort;
assert(port !== null, 'decode-worker.js runs as a thread');
const send = (message: FromThread): void => port.postMessage(message);

const free = Array.from({ length: slotCount }, (_, slot) => slot);
const memory = free.map(() => new SharedArrayBuffer(0));
let whenFree = (): void => {};

port.on('message', (message: ToThread) => {
  if ('free' in message) {
    free.push(message.free);
    whenFree();
  } else void run(message);
});

async function run({ pass, files }: Extract<ToThread, { pass: unknown }>): Promise<void> {
  try {
    for await (const placed of decodePass(pass, files)) {
      while (free.length === 0) {
        await new Promise<void>((resolve) => {
          whenFree = resolve;
        });
      }
      const slot = free.pop()!;
      send({ placed: { ...placed, block: share(placed.block, slot) }, slot });
    }
    send({ end: true });
  } catch (error) {
    if (error instanceof DataError) {
      send({ fault: { kind: 'data', message: error.message, place: error.place } });
    } else if (error instanceof Unavailable) {
      send({ fault: { kind: 'world', message: error.message, retry: error.retry } });
    } else throw error;
  }
}

/** The block in the slot's memory. */
function share(block: AnyBlock, slot: number): AnyBlock {
  const doubles = isSparse(block) ? undefined : block.doubles;
  const arrays = isSparse(block)
    ? [block.rowStart, block.columns, block.values, block.labels]
    : [...(doubles === undefined ? [] : [doubles.features, doubles.labels]), block.features, block.labels];
  const bytes = arrays.reduce((sum, { byteLength }) => sum + byteLength, 0);
  if (memory[slot]!.byteLength < bytes) memory[slot] = new SharedArrayBuffer(Math.ceil(bytes * 1.25));
  const buffer = memory[slot]!;
  let at = 0;
  const put = <Values extends Float32Array | Float64Array | Uint32Array>(
    make: new (buffer: SharedArrayBuffer, offset: number, length: number) => Values,
    from: Values,
  ): Values => {
    const to = new make(buffer, at, from.length);
    to.set(from);
    at += from.byteLength;
    return to;
  };
  const { rowCount, featureCount } = block;
  if (isSparse(block)) {
    return {
      rowCount,
      featureCount,
      rowStart: put(Uint32Array, block.rowStart),
      columns: put(Uint32Array, block.columns),
      values: put(Float32Array, block.values),
      labels: put(Float32Array, block.labels),
    };
  }
  // Doubles first, where eight bytes align.
  const shared = doubles && {
    features: put(Float64Array, doubles.features),
    labels: put(Float64Array, doubles.labels),
  };
  return {
    rowCount,
    featureCount,
    features: put(Float32Array, block.features),
    labels: put(Float32Array, block.labels),
    ...(shared && { doubles: shared }),
  };
}
