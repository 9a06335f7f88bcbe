import { assert } from '../../base/index.ts';

/** The jobs of one kind on one thread: methods of a job's number and further numbers. */
export type Jobs = Readonly<Record<string, (job: number, ...values: number[]) => void>>;

/** Words of a board. */
const words = { claim: 0, done: 1, failed: 2, jobCount: 3, method: 4, valueCount: 5, awake: 8 } as const;
/** Threads that a board knows, besides the one that begins rounds. */
export const otherThreadsMax = 56;
const wordCount = words.awake + otherThreadsMax;
const valuesMax = 16;
export const boardBytes = 4 * wordCount + 8 * valuesMax;
const jobCountMax = 254;
/** The job of a round in which there is none to take. */
const noJob = 255;
/** 22 bits number the rounds, so that a claim stays positive. */
const roundMask = 2 ** 22 - 1;

/** How long a thread polls for the next round before it sleeps: about as long as reading the next rows takes. */
const lookMs = 1;
/** Polls of a thread that waits for the others before it sleeps, about 0.2 ms: jobs take about equally long. */
const looksMax = 20_000;

/**
 * Where threads find their jobs: memory they share. One of them begins rounds; all take jobs of the round one by one, so
 * that who comes late, or not at all, leaves them to the others. The number of a round stands above that of its next job,
 * so that nobody takes a job of a round with what it has read of an earlier one: a round begins when all jobs of the last are done.
 */
export class JobBoard {
  readonly #words: Int32Array;
  readonly #values: Float64Array;

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer, 0, wordCount);
    this.#values = new Float64Array(buffer, 4 * wordCount, valuesMax);
  }

  begin(jobs: Jobs, method: string, jobCount: number, values: readonly number[]): void {
    assert(jobCount <= jobCountMax && values.length <= valuesMax, 'a round fits on the board');
    const board = this.#words;
    const round = this.#round();
    // Closed first: a thread that is late for the last round must not take its jobs by the numbers of this one.
    Atomics.store(board, words.claim, (round << 8) | noJob);
    board[words.method] = Object.keys(jobs).indexOf(method);
    Atomics.store(board, words.jobCount, jobCount);
    board[words.valueCount] = values.length;
    this.#values.set(values);
    Atomics.store(board, words.done, 0);
    Atomics.store(board, words.claim, ((round + 1) & roundMask) << 8);
  }

  /** Takes jobs of the present round until there are no more; gives the first error. */
  take(jobs: Jobs): unknown {
    const board = this.#words;
    const round = this.#round();
    const run = Object.values(jobs)[board[words.method]];
    const values = Array.from(this.#values.subarray(0, board[words.valueCount]));
    const jobCount = Atomics.load(board, words.jobCount);
    let failure: unknown;
    for (;;) {
      const seen = Atomics.load(board, words.claim);
      const job = seen & noJob;
      if (seen >> 8 !== round || job >= jobCount) return failure;
      if (Atomics.compareExchange(board, words.claim, seen, seen + 1) !== seen) continue;
      try {
        run(job, ...values);
      } catch (error) {
        failure ??= error;
        Atomics.add(board, words.failed, 1);
      }
      Atomics.add(board, words.done, 1);
      Atomics.notify(board, words.done);
    }
  }

  /** Waits until all jobs of the round are done; gives how many failed. */
  finish(): number {
    const board = this.#words;
    for (let looks = 0; ; looks += 1) {
      const done = Atomics.load(board, words.done);
      if (done >= board[words.jobCount]) return Atomics.exchange(board, words.failed, 0);
      if (looks > looksMax) Atomics.wait(board, words.done, done, 1000);
    }
  }

  /** Whether a thread must be sent a message to take part in the round that has begun. */
  isAsleep(thread: number): boolean {
    return Atomics.load(this.#words, words.awake + thread) === 0;
  }

  /** What another thread does when it is woken: takes jobs round after round, until there has been none for a while. */
  serve(thread: number, jobs: Jobs): void {
    const board = this.#words;
    let seen: number;
    do {
      Atomics.store(board, words.awake + thread, 1);
      do {
        seen = this.#round();
        this.take(jobs);
      } while (this.#isFollowed(seen));
      Atomics.store(board, words.awake + thread, 0);
      // A round that began in between saw this thread awake.
    } while (this.#round() !== seen);
  }

  /** Polls for a later round than this for a while. */
  #isFollowed(round: number): boolean {
    const end = performance.now() + lookMs;
    do {
      for (let looks = 0; looks < 500; looks += 1) if (this.#round() !== round) return true;
    } while (performance.now() < end);
    return false;
  }

  #round(): number {
    return Atomics.load(this.#words, words.claim) >> 8;
  }
}
