/** The thread of `DecodeThread`. */
import { parentPort } from 'node:worker_threads';
import { assert, DataError, Unavailable } from '../../base/index.ts';
import { hashRows } from '../inspection/row-hash.ts';
import { type AnyBlock, decodePass, isSparse, type PlacedBlock } from './decode.ts';
import { type FromThread, type LoadedBlock, slotCount, type ToThread } from './decode-thread.ts';

const port = parentPort;
assert(port !== null, 'decode-worker.js runs as a thread');
const send = (message: FromThread): void => port.postMessage(message);

const free = Array.from({ length: slotCount }, (_, slot) => slot);
let whenFree = (): void => {};

port.on('message', (message: ToThread) => {
  if ('free' in message) {
    free.push(message.free);
    whenFree();
  } else void run(message);
});

async function run({ pass, files, hashes }: Extract<ToThread, { pass: unknown }>): Promise<void> {
  try {
    for await (const placed of decodePass(pass, files)) await load(placed, hashes);
    sendLoad();
    send({ end: true });
  } catch (error) {
    // The rows before the fault are still needed: rows are counted.
    sendLoad();
    if (error instanceof DataError) {
      send({ fault: { kind: 'data', message: error.message, place: error.place } });
    } else if (error instanceof Unavailable) {
      send({ fault: { kind: 'world', message: error.message, retry: error.retry } });
    } else throw error;
  }
}

/** A load is sent when it has so many bytes: a message costs as much as decoding some tens of kilobytes. */
const loadBytes = 1 << 20;
const slotBytes = 2 * loadBytes;

const memory = free.map(() => new SharedArrayBuffer(0));
let slot: number | undefined;
let blocks: LoadedBlock[] = [];
let at = 0;

async function load(placed: PlacedBlock, withHashes: boolean): Promise<void> {
  const arrays = arraysOf(placed.block);
  const bytes = arrays.reduce((sum, { byteLength }) => sum + up8(byteLength), 0);
  if (slot !== undefined && at + bytes > memory[slot]!.byteLength) sendLoad();
  while (slot === undefined) {
    slot = free.pop();
    if (slot !== undefined) break;
    await new Promise<void>((resolve) => {
      whenFree = resolve;
    });
  }
  if (memory[slot]!.byteLength < bytes)
    memory[slot] = new SharedArrayBuffer(Math.max(slotBytes, Math.ceil(bytes / 64) * 80));
  const hashes = withHashes ? hashRows(placed.block) : undefined;
  blocks.push({ ...placed, block: share(placed.block, memory[slot]!), hashes });
  if (at >= loadBytes) sendLoad();
}

function sendLoad(): void {
  if (slot !== undefined && blocks.length > 0) send({ load: blocks, slot });
  else if (slot !== undefined) free.push(slot);
  slot = undefined;
  blocks = [];
  at = 0;
}

type Numbers = Float32Array | Float64Array | Uint32Array;
const noWeights = new Float32Array(0);
const noQueries = new Uint32Array(0);

function arraysOf(block: AnyBlock): Numbers[] {
  if (isSparse(block)) {
    const { rowStart, columns, values, labels, weights = noWeights, queries = noQueries } = block;
    return [rowStart, columns, values, labels, weights, queries];
  }
  return [block.features, block.labels];
}

const up8 = (bytes: number): number => (bytes + 7) & ~7;

/** The block in the slot's memory. */
function share(block: AnyBlock, buffer: SharedArrayBuffer): AnyBlock {
  const put = <Values extends Numbers>(
    make: new (buffer: SharedArrayBuffer, offset: number, length: number) => Values,
    from: Values,
  ): Values => {
    const to = new make(buffer, at, from.length);
    to.set(from);
    at += up8(from.byteLength);
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
      labels: put(Float64Array, block.labels),
      ...(block.weights && { weights: put(Float32Array, block.weights) }),
      ...(block.queries && { queries: put(Uint32Array, block.queries) }),
    };
  }
  const { features } = block;
  return {
    rowCount,
    featureCount,
    features: features instanceof Float32Array ? put(Float32Array, features) : put(Float64Array, features),
    labels: put(Float64Array, block.labels),
  };
}
