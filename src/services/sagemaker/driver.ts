import type { Task } from '../reconcile.ts';

/** What brings the resources of one kind, in one region, to where their records say. */
export interface Driver {
  /** Shows all of them as their records say, before any is driven. */
  recall?(): Promise<void>;
  drive(task: Task): Promise<void>;
  /** Ends what it runs, quickly: the next start goes on from the records. */
  stop?(): Promise<void>;
}
