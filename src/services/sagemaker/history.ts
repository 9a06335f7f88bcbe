import { Conflict, type Json, type JsonObject, Unavailable } from '../../base/index.ts';
import type { RecordOf, Records } from '../../store/index.ts';
import { pause, type Timers } from '../timers.ts';

/** The events of a resource, in order. Its status is the fold of these and is never assigned. */
export type HistoryEvent = { type: string; atMs: number; [member: string]: Json | undefined };

export type BodyWithHistory<Event extends HistoryEvent> = { events: Event[]; [member: string]: Json | undefined };

/** The members of every state. */
export interface HistoryState {
  status: string;
  /** Time of the last event. */
  modifiedMs: number;
}

/** A life cycle: a pure function from state and event to state; undefined refuses the event. */
export interface Lifecycle<State extends HistoryState, Event extends HistoryEvent> {
  kind: string;
  next(state: State | undefined, event: Event): State | undefined;
}

export type Outcome<State, Body extends JsonObject> = {
  /** False when the life cycle refused the event, or `decide` gave none. */
  applied: boolean;
  state: State;
  record: RecordOf<Body>;
};

/** The state a history leads to. */
export function fold<State extends HistoryState, Event extends HistoryEvent>(
  lifecycle: Lifecycle<State, Event>,
  events: readonly Event[],
): State {
  let state: State | undefined;
  for (const event of events) state = lifecycle.next(state, event) ?? state;
  if (state === undefined) throw new Unavailable(`The history of a ${lifecycle.kind} does not begin`, { retry: false });
  return state;
}

/** Concurrent writers of one record; more lost races in a row than this are no coincidence. */
const racesMax = 100;
const backoffMaxMs = 5_000;

export interface AppendOptions<Body> {
  /** Changes of the body that belong to the event, such as a shorter history that leads to the same state. */
  change?: (body: Body) => Body;
  /** Waits out a store that refuses for the moment, until the signal aborts; left out, its refusal is thrown. */
  patience?: { timers: Timers; signal: AbortSignal };
}

/**
 * Adds one event to a resource's history by compare-and-set and returns the state after it.
 * `decide` sees the state of that very moment and may return no event. Undefined when the record does not exist.
 * Times never fall, whatever the clocks of the writers say: an earlier one becomes that of the event before.
 */
export async function appendEvent<
  State extends HistoryState,
  Event extends HistoryEvent,
  Body extends BodyWithHistory<Event>,
>(
  records: Records,
  lifecycle: Lifecycle<State, Event>,
  id: string,
  decide: (state: State, record: RecordOf<Body>) => Event | undefined,
  { change, patience }: AppendOptions<Body> = {},
): Promise<Outcome<State, Body> | undefined> {
  let sent: string | undefined;
  let delayMs = 50;
  for (let races = 0; races < racesMax; ) {
    try {
      const record = await records.get<Body>(lifecycle.kind, id);
      if (record === undefined) return undefined;
      const state = fold(lifecycle, record.body.events);
      // A write that lost its connection may have been done: the same event at the end of the history is ours.
      if (sent !== undefined && JSON.stringify(record.body.events.at(-1)) === sent)
        return { applied: true, state, record };
      const decided = decide(state, record);
      const event = decided && { ...decided, atMs: Math.max(decided.atMs, state.modifiedMs) };
      const after = event === undefined ? undefined : lifecycle.next(state, event);
      if (event === undefined || after === undefined) return { applied: false, state, record };
      const changed = change === undefined ? record.body : change(record.body);
      const body = { ...changed, events: [...changed.events, event] };
      const put = {
        kind: lifecycle.kind,
        id,
        status: after.status,
        createdAtMs: record.createdAtMs,
        updatedAtMs: event.atMs,
        body,
      };
      sent = JSON.stringify(event);
      const [version = 0] = await records.write([{ put, expect: record.version }]);
      return { applied: true, state: after, record: { ...record, ...put, version } };
    } catch (thrown) {
      if (thrown instanceof Conflict) {
        races += 1;
      } else if (thrown instanceof Unavailable && thrown.retry && patience !== undefined && !patience.signal.aborted) {
        await pause(patience.timers, delayMs, patience.signal);
        delayMs = Math.min(delayMs * 2, backoffMaxMs);
      } else {
        throw thrown;
      }
    }
  }
  throw new Unavailable(`The ${lifecycle.kind} "${id}" is being changed by too many writers at once`);
}
