/**
 * Set to 1 for a program that is started ahead of any job. It loads what it needs, reads one line of JSON from its standard
 * input, a StandbyOrder, and continues as if it had been started with that. It ends when its input ends before that line.
 */
export const standbyVariable = 'LINNET_STANDBY';

export interface StandbyOrder {
  /** Working directory. */
  directory: string;
  /** The whole environment. */
  environment: Readonly<Record<string, string>>;
}
