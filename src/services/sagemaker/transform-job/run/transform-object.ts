import { DataError } from '../../../../base/index.ts';
import { createSlots, type Slots } from '../../jobs/driving/slots.ts';
import { splits } from '../cutting/splits.ts';
import type { Passage } from '../data-processing/processing-thread.ts';
import type { Batch, BatchInput, Lane } from './batch.ts';
import { InvocationFault, textOfFault } from './invocation-fault.ts';
import { type OrderedAnswers, orderedAnswers } from './ordered-answers.ts';
import { type RecordErrors, recordErrors } from './record-errors.ts';

/** What is on its way through one instance. */
export interface Traffic {
  /** Requests in flight. */
  flying: Slots;
  /** Bodies whose answers are not stored yet: they are held in memory. */
  held: Slots;
}

/** One body more than requests in flight is held, so that the instance has work while an answer is being stored. */
export const openTraffic = ({ concurrent }: Pick<Batch, 'concurrent'>): Traffic => ({
  flying: createSlots(concurrent),
  held: createSlots(concurrent + 1),
});

/** The most records of one object that may fail; more are no accident. */
export const recordErrorsMax = 10_000;

/**
 * Sends one object's bodies to an instance and stores the answers in their order, in memory of a few bodies. `read`
 * resolves when the last body is on its way, so that the next object can begin; `stored` when its output is visible,
 * and rejects with what prevented that.
 */
export function transformObject(input: BatchInput, batch: Batch, lane: Lane, traffic: Traffic): Transformation {
  return batch.streams ? streamObject(input, lane, traffic) : cutObject(input, batch, lane, traffic);
}

interface Transformation {
  read: Promise<void>;
  stored: Promise<{ errors: number }>;
}

function streamObject(input: BatchInput, lane: Lane, { flying }: Traffic): Transformation {
  const read = flying.take(0, lane.halted);
  const store = async (): Promise<{ errors: number }> => {
    const land = await read;
    try {
      lane.halted.throwIfAborted();
      await input.store(lane.stream(input.bytes()));
    } finally {
      land?.();
    }
    return { errors: 0 };
  };
  return { read: read.then(() => undefined), stored: awaitedLater(store()) };
}

function cutObject(input: BatchInput, batch: Batch, lane: Lane, traffic: Traffic): Transformation {
  const answers = orderedAnswers();
  const errors = recordErrors();
  const store = async (): Promise<{ errors: number }> => {
    // One that is refused before it is read leaves the answers unread.
    await input.store(answers).finally(() => answers.close());
    if (errors.count > 0) await input.storeErrors(errors);
    return { errors: errors.count };
  };
  const stored = awaitedLater(store());
  const read = sendBodies(input, { batch, lane, flying: traffic.flying }, traffic.held, answers, errors).then(
    () => answers.end(),
    (cause: unknown) => answers.end(cause),
  );
  return { read, stored };
}

/** It may fail before its owner awaits it. */
function awaitedLater<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => undefined);
  return promise;
}

async function sendBodies(
  input: BatchInput,
  work: Work,
  held: Slots,
  answers: OrderedAnswers,
  errors: RecordErrors,
): Promise<void> {
  const { batch, lane } = work;
  const { cut, records: recordsOf } = splits[batch.split];
  let first = 1;
  for await (const body of cut(input.bytes(), batch.cutting)) {
    const release = await held.take(0, lane.halted);
    lane.halted.throwIfAborted();
    if (release === undefined || answers.closed) return release?.();
    if (batch.keepGoing) {
      const records = batch.cutting.single ? [body] : recordsOf(body);
      answers.push(transformRecords(work, records, first, errors), release);
      first += records.length;
    } else {
      const passage = await batch.processing.handle(body, first).catch((cause: unknown) => {
        release();
        throw cause;
      });
      answers.push(transformBody(work, passage), release);
      first += passage.records;
    }
  }
}

interface Work {
  batch: Batch;
  lane: Lane;
  flying: Slots;
}

/** The output of one body. */
async function transformBody({ batch, lane, flying }: Work, passage: Passage): Promise<Uint8Array> {
  const land = await flying.take(0, lane.halted);
  try {
    lane.halted.throwIfAborted();
    const answer = await lane.ask(passage.body).catch((cause: unknown) => {
      passage.drop();
      throw cause;
    });
    const output = await passage.output(answer);
    return batch.lines ? withNewline(output) : output;
  } finally {
    land?.();
  }
}

/**
 * The output of the records that succeed; the others are added to the errors. A body that fails is halved until the
 * records that made it fail stand alone.
 */
async function transformRecords(
  work: Work,
  records: readonly Uint8Array[],
  first: number,
  errors: RecordErrors,
): Promise<Uint8Array> {
  const body = records.length === 1 ? records[0]! : Buffer.concat(records);
  if (isBlank(body)) return new Uint8Array(0);
  try {
    return await transformBody(work, await work.batch.processing.handle(body, first));
  } catch (cause) {
    if (!(cause instanceof InvocationFault || cause instanceof DataError)) throw cause;
    if (records.length === 1) {
      if (errors.count >= recordErrorsMax)
        throw new DataError(`More than ${recordErrorsMax} records fail; the last says: ${textOfFault(cause)}`);
      errors.add(first, body, textOfFault(cause));
      return new Uint8Array(0);
    }
    const half = records.length >> 1;
    const left = await transformRecords(work, records.slice(0, half), first, errors);
    const right = await transformRecords(work, records.slice(half), first + half, errors);
    return Buffer.concat([left, right]);
  }
}

/** A line with nothing in it is no record. */
const isBlank = (body: Uint8Array): boolean => body.length <= 2 && body.every((byte) => byte === 10 || byte === 13);

function withNewline(output: Uint8Array): Uint8Array {
  return output.length === 0 || output.at(-1) === 10 ? output : Buffer.concat([output, Uint8Array.of(10)]);
}
