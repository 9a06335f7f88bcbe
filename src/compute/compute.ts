/**
 * The seam for running programs that speak the container contract.
 * Implementations: child processes, and containers of an engine.
 */
export interface Compute {
  /** Starts the program. Rejects with `Unavailable` when it cannot be started. */
  start(program: Program): Promise<RunningProgram>;
  /**
   * Ends whatever a crashed server left running on this root. Call once per root before using it again. Rejects with
   * `Unavailable` when it will not end.
   */
  reap(root: string): Promise<void>;
  /** Addresses under which programs that run at the same time reach each other, by the names of their hosts. */
  addressesOf(hosts: readonly string[]): Promise<HostAddresses>;
  /** Stops what still runs, with a grace of a few seconds, and starts nothing more. */
  close(): Promise<void>;
}

export interface Program {
  /** Executable and leading arguments; the contract's argument (`train` or `serve`) comes last. */
  command: readonly string[];
  /** The /opt/ml-shaped folder, already laid out. The program's only writable place. */
  root: string;
  /** Added to a minimal environment; the server's own variables (keys above all) are not passed on. */
  environment: Readonly<Record<string, string>>;
  /** As `environment`, but the platform's own: nothing that a caller asks for replaces them. */
  settings?: Readonly<Record<string, string>>;
  /** Set for a program that is not ours. */
  foreign?: ForeignProgram | undefined;
  /** Set for a program that is one of several. */
  host?: GangHost | undefined;
  /** `serve` listens on an address that compute chooses and puts into the environment. */
  listens: boolean;
  /**
   * Each line of standard output and error, without its end (newline, carriage return or both); one beyond 16 KiB comes
   * in pieces. While a promise that it returns is pending, nothing more is read, which in the end stops a program that prints too
   * much. It must neither throw nor reject.
   */
  onLine(line: string): void | Promise<void>;
}

/**
 * A program made for a container of its own. It finds its root at /opt/ml, where the host allows that; else
 * SAGEMAKER_BASE_DIR says where it is, and a line of its output that this is so.
 */
export interface ForeignProgram {
  /** Folders that come first in its PATH. */
  path: readonly string[];
  /** Folders that it is run from: it finds them, unchangeable, where others of the server are hidden from it. */
  folders?: readonly string[];
  /** False to keep the network from it, where the host allows that; else a line of its output says so. */
  network: boolean;
  /** A listening program answers on a TCP port, as the contract says: the one it is given, or 8080. */
  port: boolean;
  /** Set for a program that a container engine runs. */
  container?: ProgramContainer | undefined;
}

/** The container that a program runs in. Its command is then what follows the image: the image has an entrypoint of its own. */
export interface ProgramContainer {
  /** As the engine knows it. */
  image: string;
  /** The first words of the command that replace the image's entrypoint; 0 when left out. */
  entrypointWords?: number;
  /** The name by which the program knows its own host. */
  hostName?: string;
  /** At most that much of the machine; as much as there is when left out. */
  limits?: MachineLimits | undefined;
}

export interface MachineLimits {
  processors: number;
  memoryBytes: number;
}

export interface HostAddresses {
  addresses: Readonly<Record<string, string>>;
  /** The port of the first host at which the others join it. */
  port: number;
}

/**
 * One of several programs that talk to each other. A variable gives it the addresses of all; for a foreign one they resolve,
 * where the host of this server allows that, and its own host name is `name`.
 */
export interface GangHost extends HostAddresses {
  name: string;
}

export interface RunningProgram {
  /** Where a listening program answers; undefined for one that does not listen. May change until it first answers. */
  readonly address: ProgramAddress | undefined;
  /** The path under which the program sees its root. */
  readonly seenRoot: string;
  /**
   * Settles once, when the process and its output streams have ended and every line was passed on. Never rejects. What the
   * program itself left running in its group is killed first, as a container's end does.
   */
  exit: Promise<ProgramExit>;
  /**
   * SIGTERM to the program's process group, SIGKILL after the grace. Resolves when it is gone. Idempotent; of several
   * graces the one that ends first counts.
   */
  stop(graceMs: number): Promise<void>;
  /** What its processes have used so far and hold now; undefined, or left out, where the host does not say. */
  usage?(): ProgramUsage | undefined;
}

export interface ProgramUsage {
  /** Of all processors together. */
  processorSeconds: number;
  memoryBytes: number;
}

export type ProgramAddress = { socketPath: string } | { host: string; port: number };

export interface ProgramExit {
  code: number | null;
  signal: string | null;
}
