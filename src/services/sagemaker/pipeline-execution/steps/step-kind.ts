import type { RecordOf } from '../../../../store/index.ts';
import type { Context } from '../../context.ts';
import type { ResourceKind } from '../../kinds.ts';
import type { Origin, Place } from '../../resource.ts';
import type { StepEndStatus } from '../lifecycle.ts';

/** How a type of steps makes what it makes, through the functions that its operations use. */
export interface StepKind {
  kind: ResourceKind;
  /** The most characters of a name. */
  nameMax: number;
  /** The member of a listed step's Metadata that has the ARN. */
  metadata: string;
  /** The argument for the role, for which the pipeline's stands where it is absent. */
  roleMember: string | undefined;
  /** Whether it is done when it is made. */
  instant: boolean;
  /** Returns the ARN. Throws what a request would be answered. */
  make(context: Context, origin: Origin, input: any): Promise<string>;
  /** How a job ended; undefined while it runs. */
  endOf(record: RecordOf<any>): JobEnd | undefined;
  stop(context: Context, origin: Origin, name: string): Promise<void>;
  /** The properties that other steps refer to. */
  describe(context: Context, place: Place, record: RecordOf<any>): object | Promise<object>;
}

export interface JobEnd {
  status: StepEndStatus;
  reason?: string | undefined;
}

/** Of states that all kinds of jobs have. */
export function endOfState(state: { status: string; failureReason: string | undefined }): JobEnd | undefined {
  if (state.status === 'Completed') return { status: 'Succeeded' };
  if (state.status === 'Failed') return { status: 'Failed', reason: state.failureReason };
  return state.status === 'Stopped' ? { status: 'Stopped' } : undefined;
}

/** For what is done when it is made. */
export const doneWhenMade = {
  instant: true,
  endOf: (): JobEnd => ({ status: 'Succeeded' }),
  stop: async (): Promise<void> => undefined,
} as const;
