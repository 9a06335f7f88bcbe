/**
 * The seam for running programs that speak the container contract.
 * Implementations: child processes; later docker, mpi, slurm.
 */
export interface Compute {
  /** Starts the program. Rejects with `Unavailable` when it cannot be started. */
  start(program: Program): Promise<RunningProgram>;
  /** Ends whatever a crashed server left running below this root. Call once per root before using it again. */
  reap(root: string): Promise<void>;
  close(): Promise<void>;
}

export interface Program {
  /** Executable and leading arguments; the contract's argument (`train` or `serve`) comes last. */
  command: readonly string[];
  /** The /opt/ml-shaped folder, already laid out. The program's only writable place. */
  root: string;
  /** Added to a minimal environment; the server's own variables (keys above all) are not passed on. */
  environment: Readonly<Record<string, string>>;
  /** `serve` listens on an address that compute chooses and puts into the environment. */
  listens: boolean;
  /** Each line of standard output and error, without newline, cut at 16 KiB. */
  onLine(line: string): void;
}

export interface RunningProgram {
  /** Where a listening program answers; undefined for one that does not listen. */
  address: ProgramAddress | undefined;
  /** Settles once, when the process and its output streams have ended. Never rejects. */
  exit: Promise<ProgramExit>;
  /** SIGTERM to the program's process group, SIGKILL after the grace. Resolves when it is gone. Idempotent. */
  stop(graceMs: number): Promise<void>;
}

export type ProgramAddress = { socketPath: string } | { host: string; port: number };

export interface ProgramExit {
  code: number | null;
  signal: string | null;
}
