/**
 * The kinds of failure that leave a room (see ARCHITECTURE.md). A class that a room throws and catches itself stays in it.
 *
 *   ServiceError   a promised answer of an API: the service's own "no"
 *   DataError      the caller's data or settings are wrong, at a named place
 *   Unavailable    the world failed us: disk full, process gone, lock lost
 *   Conflict       a compare-and-set lost; the writer reads again
 *   AssertionError our own bug (see assert.ts)
 */

/** A modelled refusal. `code` is AWS's error code; the gateway finds status and shape for it. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly code: string;
  /** Further members of the error's shape, such as `OriginalStatusCode` of ModelError. */
  readonly details: Readonly<Record<string, unknown>>;
  /** Set only where the model does not know the code; 400 otherwise. */
  readonly status: number | undefined;

  constructor(code: string, message: string, options: { details?: Record<string, unknown>; status?: number } = {}) {
    super(message);
    this.code = code;
    this.details = options.details ?? {};
    this.status = options.status;
  }
}

/** Where in the caller's data something is wrong. Rows count from 1, as an editor shows them. */
export interface DataPlace {
  /** File, channel or request the value came from. */
  source?: string;
  /** Counted from 1. */
  row?: number;
  /** Column number (from 1) or name. */
  column?: number | string;
  /** What stands there. */
  value?: unknown;
}

/** The caller's data or setting is wrong. The message names place, value and limit. */
export class DataError extends Error {
  override readonly name = 'DataError';
  /** Where the fault is, as far as it is known. */
  readonly place: Readonly<DataPlace>;

  constructor(message: string, place: DataPlace = {}) {
    super(message);
    this.place = place;
  }
}

/** The world is not as needed: a disk is full, a process is gone. `retry` says whether trying again may help. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
  readonly retry: boolean;

  constructor(what: string, options: { cause?: unknown; retry?: boolean } = {}) {
    super(what, options.cause === undefined ? undefined : { cause: options.cause });
    this.retry = options.retry ?? true;
  }
}

/** A compare-and-set met a newer version, or a create met an existing record. */
export class Conflict extends Error {
  override readonly name = 'Conflict';
}

/** The message of anything thrown. */
export const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));
