import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { DataError } from '../base/index.ts';
import {
  findServer,
  reachableNote,
  readConfig,
  type ServerNote,
  type ServerOptions,
  settings,
  startServer,
} from '../server/index.ts';
import { clientEnvironment, mergedEnvironment, writeSdkConfig } from './environment.ts';

/**
 * `linnet run -- program ...`: runs a program whose AWS clients reach Linnet, and exits as it does.
 * Uses the server that runs on the data folder, else starts one for as long as the program runs.
 */
export async function run(flags: ServerOptions, command: readonly string[]): Promise<number> {
  const [program, ...args] = command;
  if (program === undefined) {
    throw new DataError('Nothing to run; for example: linnet run -- python notebook.py', { source: settings });
  }
  const config = readConfig(flags, process.env);
  const running = await findServer(config.dataFolder);
  if (running !== undefined) return runProgram(program, args, running, config.dataFolder);

  // A free port, unless one was asked for: nobody else needs to know it.
  const portWanted = flags.port ?? process.env.LINNET_PORT;
  // The terminal is the program's: only what went wrong is shown, unless more was asked for.
  const logLevelWanted = flags.logLevel ?? process.env.LINNET_LOG_LEVEL;
  const server = await startServer({
    ...config,
    ...(portWanted === undefined ? { port: 0 } : {}),
    ...(logLevelWanted === undefined ? { logLevel: 'warn' } : {}),
  });
  process.stderr.write(`Linnet answers at ${server.address} while the program runs\n`);
  try {
    return await runProgram(program, args, server.note, config.dataFolder);
  } finally {
    await server.stop();
  }
}

async function runProgram(
  program: string,
  args: readonly string[],
  note: ServerNote,
  dataFolder: string,
): Promise<number> {
  writeSdkConfig(dataFolder);
  const variables = clientEnvironment(await reachableNote(note), dataFolder, process.env);
  const env = mergedEnvironment(process.env, variables);
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, stdio: 'inherit' });
    child.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new DataError(
          cause.code === 'ENOENT'
            ? `There is no program "${program}" on the PATH`
            : `"${program}" cannot be run: ${cause.message}`,
        ),
      ),
    );
    // The terminal sends Ctrl-C to both of us; the program decides when it is done. A kill is passed on.
    const ignored = (): void => {};
    const passed = (): boolean => child.kill('SIGTERM');
    process.on('SIGINT', ignored).on('SIGTERM', passed);
    child.once('close', (code, signal) => {
      process.off('SIGINT', ignored).off('SIGTERM', passed);
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
