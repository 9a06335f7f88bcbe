/** What a program that is not ours may use. */
export interface ProgramLimits {
  /** Memory that one process of it may write to; no limit when left out. */
  memoryBytes?: number | undefined;
}

/** Open files of a process: enough for loaders of data, and fewer than the host has. */
const openFilesMax = 65_536;
/** Processes and threads in a namespace of users of its own, where the system counts them apart. */
const processesMax = 8_192;

/**
 * Sets the limits of a process, which its children inherit, and runs the command. The address space has no limit: runtimes reserve
 * far more of it than they use. What cannot be limited on a host stays as it is.
 */
const script = `ulimit -c 0
ulimit -n ${openFilesMax} 2>/dev/null || :
[ "$1" = 0 ] || ulimit -d "$1" 2>/dev/null || :
[ "$2" = 0 ] || ulimit -u "$2" 2>/dev/null || ulimit -p "$2" 2>/dev/null || :
[ "$3" = 0 ] || echo >&3
shift 3
exec "$@" 3>&-`;

export interface Limiting extends ProgramLimits {
  /** No other process of the host counts as one of its user's. */
  ownUsers: boolean;
  /** It writes a line to its file descriptor 3 when nothing but the program is left to start. */
  announces: boolean;
}

/** The words in front of a command that limit it. */
export const limiting = ({ memoryBytes = 0, ownUsers, announces }: Limiting): string[] => [
  ...['/bin/sh', '-c', script, 'sh'],
  String(Math.floor(memoryBytes / 1024)),
  String(ownUsers ? processesMax : 0),
  String(Number(announces)),
];
