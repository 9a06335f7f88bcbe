import type { Task } from '../reconcile.ts';

/** The driver that brings the resources of one kind, in one region, to the state of their records. */
export interface Driver {
  /** Shows all of them as their records say, before any is driven. */
  recall?(): Promise<void>;
  drive(task: Task): Promise<void>;
  /** Ends the programs it runs, quickly: the next start continues from the records. */
  stop?(): Promise<void>;
}
