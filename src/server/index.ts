// server: the one place that builds everything and joins the rooms.
// It never decides anything about a request; it knows where programs and data lie.
// Start reading at start.ts.
import type { TryLibrary } from '../images/index.ts';
import type { ServerConfig } from './config.ts';
import type { RunningServer } from './start.ts';

export {
  type Credentials,
  flagOf,
  optionVariables,
  portDefault,
  readConfig,
  type ServerConfig,
  type ServerOptions,
  settings,
  stopGraceSecondsDefault,
} from './config.ts';
export { findServer, reachableNote, type ServerNote } from './data-folder/data-folder.ts';
export { packageVersion } from './package-version.ts';
export type { RunningServer } from './start.ts';

/** See start.ts. Loaded when called: a command that starts no server must not wait for the whole of it. */
export async function startServer(config: ServerConfig): Promise<RunningServer> {
  const { openRecordsEarly } = await import('./data-folder/early-records.ts');
  const early = await openRecordsEarly(config);
  return (await import('./start.ts')).startServer(config, early);
}

/** See algorithms.ts. */
export const builtInRepositories: typeof import('./images/algorithms.ts').builtInRepositories = async () =>
  (await import('./images/algorithms.ts')).builtInRepositories();

/** See try-library.ts. */
export const libraryTrial =
  (library: string, say: (line: string) => void): TryLibrary =>
  async (file) =>
    (await import('./images/try-library.ts')).libraryTrial(library, say)(file);

/** See backup/back-up.ts. */
export const backUp: typeof import('./backup/back-up.ts').backUp = async (...args) =>
  (await import('./backup/back-up.ts')).backUp(...args);

/** See backup/back-up-file.ts. */
export const backUpToFile: typeof import('./backup/back-up-file.ts').backUpToFile = async (...args) =>
  (await import('./backup/back-up-file.ts')).backUpToFile(...args);

/** See backup/restore.ts. */
export const restore: typeof import('./backup/restore.ts').restore = async (...args) =>
  (await import('./backup/restore.ts')).restore(...args);

/** See backup/restore.ts. */
export const checkBackup: typeof import('./backup/restore.ts').checkBackup = async (...args) =>
  (await import('./backup/restore.ts')).checkBackup(...args);

/** See doctor/examine.ts. */
export const examine: typeof import('./doctor/examine.ts').examine = async (config, nowMs) =>
  (await import('./doctor/examine.ts')).examine(config, nowMs);

/** The images of the container engine that the settings allow; see compute. */
export const engineImages = async ({ containers }: Pick<ServerConfig, 'containers'>) =>
  (await import('../compute/index.ts')).openEngine(containers).images();

/** See data-folder/key-file.ts. */
export const makeKeyFile: typeof import('./data-folder/key-file.ts').makeKeyFile = async (path) =>
  (await import('./data-folder/key-file.ts')).makeKeyFile(path);

/** See data-folder/encryption.ts. */
export const rotateKey: typeof import('./data-folder/encryption.ts').rotateKey = async (...args) =>
  (await import('./data-folder/encryption.ts')).rotateKey(...args);

/** See verify-audit.ts. */
export const verifyAuditLog: typeof import('./verify-audit.ts').verifyAuditLog = async (...args) =>
  (await import('./verify-audit.ts')).verifyAuditLog(...args);
