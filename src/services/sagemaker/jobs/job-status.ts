/** The statuses of every kind of job. Completed, Failed and Stopped are for good. */
export type JobStatus = 'InProgress' | 'Completed' | 'Failed' | 'Stopping' | 'Stopped';

const terminals = ['Completed', 'Failed', 'Stopped'] as const satisfies readonly JobStatus[];
export type TerminalStatus = (typeof terminals)[number];
export const terminalStatuses: readonly string[] = terminals;
export const isTerminal = (status: JobStatus): status is TerminalStatus => terminalStatuses.includes(status);
export const activeStatuses: readonly string[] = ['InProgress', 'Stopping'];

/** The jobs of one kind that ended. */
export type EndedJobs = Record<TerminalStatus, number>;
export const noneEnded = (): EndedJobs => ({ Completed: 0, Failed: 0, Stopped: 0 });
