import { DataError, messageOf, Unavailable } from '../../../base/index.ts';
import type { Objects, Records } from '../../../store/index.ts';
import { everyRecord } from '../../every-record.ts';
import { idOf } from '../../sagemaker/resource.ts';
import { pause, type Timers } from '../../timers.ts';
import { type Choice, chooseInstance, chooseRoute, type LiveTable, type Route } from '../live-table.ts';
import { type AsyncBody, addressOf, asyncKind } from './record.ts';
import { type Captured, type Outcome, runAsync } from './run.ts';

/** Requests of asynchronous endpoints on their way from the records to their answers in S3, in the order they came. */
export interface AsyncQueue {
  /** Takes a request whose record is on disk. */
  add(id: string, request: AsyncBody): void;
  /** Requests of an endpoint that wait or are being answered. */
  lengthOf(region: string, endpoint: string): number;
  /** Of all endpoints that have, or had, a request: what metrics are made of. */
  backlogs(): Iterable<Backlog>;
  /** Continues the requests that an earlier server left. Endpoints are in the table by then. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface Backlog {
  region: string;
  endpoint: string;
  waiting: number;
  /** When the oldest of them was accepted. */
  oldestMs: number | undefined;
  /** Instances of its variants; 0 while it has none. */
  instances: number;
}

export type AsyncEvent = 'processed' | 'failed' | 'expired';

export interface AsyncQueueOptions {
  records: Records;
  /** The objects as a role may read and write them. */
  objectsAs(role: string | undefined): Objects;
  table: LiveTable;
  timers: Timers;
  nowMs(): number;
  warn(text: string): void;
  /** Gets a request that was answered, of a variant with data capture. */
  captured(request: AsyncBody, route: Route, captured: Captured): void;
  /** Hears of each request that ended, for metrics and the endpoint's log. */
  ended(request: AsyncBody, end: { event: AsyncEvent; reason?: string; choice?: Choice & { route: Route } }): void;
}

/** A request is tried on so many programs before it fails: it may be what ends them. */
const attemptsMax = 3;
const retryDelayMs = 10_000;
const expiryEveryMs = 10_000;

interface Waiting {
  id: string;
  acceptedMs: number;
  untilMs: number;
  attempts: number;
}

interface Line {
  region: string;
  endpoint: string;
  waiting: Waiting[];
  running: number;
}

export function openAsyncQueue(options: AsyncQueueOptions): AsyncQueue {
  const { records, objectsAs, table, timers, nowMs, warn, captured, ended } = options;
  const halt = new AbortController();
  const lines = new Map<string, Line>();
  const running = new Set<Promise<void>>();
  let cancelExpiry: (() => void) | undefined;
  const lineOf = (region: string, endpoint: string): Line => {
    const key = `${region}/${idOf(endpoint)}`;
    const line = lines.get(key) ?? { region, endpoint, waiting: [], running: 0 };
    lines.set(key, line);
    return line;
  };
  const liveOf = ({ region, endpoint }: Line) => table.get(region, idOf(endpoint));
  const capacityOf = (line: Line): number =>
    asyncRoutes(liveOf(line)?.routes).reduce(
      (sum, route) => sum + route.instances.length * route.async!.concurrency,
      0,
    );

  const begin = (line: Line, next: Waiting): void => {
    line.running += 1;
    const work: Promise<void> = handle(line, next)
      .catch((thrown: unknown) => postpone(line, next, thrown))
      .finally(() => {
        line.running -= 1;
        running.delete(work);
        pump(line);
      });
    running.add(work);
  };
  /** Starts what can be started. */
  const pump = (line: Line): void => {
    const isGone = liveOf(line) === undefined;
    while (!halt.signal.aborted && line.waiting.length > 0 && (isGone || line.running < capacityOf(line)))
      begin(line, line.waiting.shift()!);
  };
  /** Ends what waited too long, also where no program can take it. */
  const expire = (): void => {
    for (const line of lines.values()) {
      const late = line.waiting.filter(({ untilMs }) => nowMs() > untilMs);
      if (late.length === 0) continue;
      line.waiting = line.waiting.filter((waiting) => !late.includes(waiting));
      for (const next of late) begin(line, next);
    }
    cancelExpiry = timers.after(expiryEveryMs, expire);
  };
  /** The store fails, or the disk is full: the request waits and is tried again. */
  const postpone = async (line: Line, next: Waiting, thrown: unknown): Promise<void> => {
    if (halt.signal.aborted) return;
    warn(`An asynchronous request to endpoint "${line.endpoint}" waits: ${messageOf(thrown)}`);
    await pause(timers, retryDelayMs, halt.signal);
    line.waiting.unshift(next);
  };
  const handle = async (line: Line, next: Waiting): Promise<void> => {
    const record = await records.get<AsyncBody>(asyncKind, next.id);
    if (record === undefined) return;
    const request = record.body;
    for (;;) {
      if (nowMs() > request.untilMs)
        return finish(next.id, request, 'expired', 'The request expired before it was begun');
      if (liveOf(line) === undefined)
        return finish(next.id, request, 'failed', `The endpoint ${request.endpoint} was deleted`);
      const { nextChange } = table;
      const choice = choose(asyncRoutes(liveOf(line)?.routes));
      if (choice === undefined) {
        await pause(timers, Math.max(request.untilMs - nowMs(), 0) + 1, AbortSignal.any([nextChange, halt.signal]));
        if (halt.signal.aborted) return;
        continue;
      }
      choice.instance.inFlight += 1;
      let outcome: Outcome;
      try {
        const objects = objectsAs(request.role);
        outcome = await runAsync({ objects, timers }, request, choice, halt.signal).catch(refused);
      } finally {
        choice.instance.inFlight -= 1;
      }
      if (halt.signal.aborted && outcome.kind !== 'stored') return;
      if (outcome.kind === 'stored') {
        if (outcome.captured !== undefined) captured(request, choice.route, outcome.captured);
        return finish(next.id, request, 'processed', undefined, choice);
      }
      next.attempts += 1;
      if (outcome.kind === 'failed' || next.attempts >= attemptsMax)
        return finish(next.id, request, 'failed', outcome.reason, choice);
    }
  };
  /** Stores a failure, and forgets the request: whoever asked finds the one or the other in S3 by then. */
  const finish = async (
    id: string,
    request: AsyncBody,
    event: AsyncEvent,
    reason?: string,
    choice?: Choice & { route: Route },
  ): Promise<void> => {
    if (reason !== undefined && request.failure !== undefined) {
      const text = Buffer.from(reason);
      const objects = objectsAs(request.role);
      await objects
        .put(request.failure, text, { attributes: { contentType: 'text/plain' } })
        .catch((cause: unknown) => {
          if (cause instanceof Unavailable) throw cause;
          warn(
            `The failure of an asynchronous request could not be stored at ${addressOf(request.failure!)}: ${messageOf(cause)}`,
          );
        });
    }
    ended(request, { event, ...(reason !== undefined && { reason }), ...(choice && { choice }) });
    await records.write([{ remove: { kind: asyncKind, id } }]);
  };
  /** Programs come and go, and with them what can be started. */
  const follow = (): void => {
    if (halt.signal.aborted) return;
    table.nextChange.addEventListener(
      'abort',
      () => {
        for (const line of lines.values()) pump(line);
        follow();
      },
      { once: true },
    );
  };

  return {
    add(id, request) {
      const line = lineOf(request.region, request.endpoint);
      line.waiting.push({ id, acceptedMs: request.acceptedMs, untilMs: request.untilMs, attempts: 0 });
      pump(line);
    },
    lengthOf(region, endpoint) {
      const line = lines.get(`${region}/${idOf(endpoint)}`);
      return line === undefined ? 0 : line.waiting.length + line.running;
    },
    *backlogs() {
      for (const line of lines.values()) {
        const routes = asyncRoutes(liveOf(line)?.routes);
        const instances = routes.reduce((sum, route) => sum + route.instances.length, 0);
        const { region, endpoint, waiting } = line;
        yield { region, endpoint, waiting: waiting.length, oldestMs: waiting[0]?.acceptedMs, instances };
      }
    },
    async start() {
      follow();
      cancelExpiry = timers.after(expiryEveryMs, expire);
      for await (const { id, body } of everyRecord<AsyncBody>(records, asyncKind)) this.add(id, body);
    },
    async stop() {
      halt.abort();
      cancelExpiry?.();
      await Promise.all(running);
    },
  };
}

/** What the role may not do ends a request; it is not tried again. */
function refused(thrown: unknown): Outcome {
  if (thrown instanceof DataError) return { kind: 'failed', reason: thrown.message };
  throw thrown;
}

const asyncRoutes = (routes: readonly Route[] = []): Route[] => routes.filter((route) => route.async !== undefined);

/** By weight, the idlest instance of a variant that answers. */
function choose(routes: readonly Route[]): (Choice & { route: Route }) | undefined {
  const route = chooseRoute(routes);
  const choice = route && chooseInstance(route);
  return choice && { ...choice, route: route! };
}
