import { type RunningServer, readConfig, type ServerConfig, type ServerOptions, startServer } from '../server/index.ts';
import { writeSdkConfig } from './environment.ts';
import { coloursFor } from './terminal/colours.ts';
import { typed } from './terminal/command-line.ts';
import { stopSignal } from './terminal/signals.ts';

/** `linnet up`: starts the service and serves until a signal stops it. */
export async function up(flags: ServerOptions & { json?: boolean }): Promise<void> {
  const config = readConfig(flags, process.env);
  const signal = stopSignal();
  const startedAtMs = performance.now();
  const server = await startServer(config);
  writeSdkConfig(config.dataFolder);
  const readyMs = Math.round(performance.now() - startedAtMs);
  process.stdout.write(flags.json ? `${JSON.stringify(asJson(server, config))}\n` : greeting(server, config, readyMs));
  await signal;
  // After the terminal's own ^C.
  if (process.stderr.isTTY) process.stderr.write('\n');
  await server.stop();
}

/** The one line of `--json`. */
function asJson(server: RunningServer, config: ServerConfig): Record<string, unknown> {
  return {
    address: server.address,
    region: server.region,
    account: server.accountId,
    accessKeyId: server.credentials.accessKeyId,
    secretAccessKey: server.credentials.secretAccessKey,
    dataDir: config.dataFolder,
    pid: process.pid,
  };
}

function greeting(server: RunningServer, config: ServerConfig, readyMs: number): string {
  const run = `${typed('run', config.dataFolder, process.env)} -- python notebook.py`;
  const env = `eval "$(${typed('env', config.dataFolder, process.env)})"`;
  const colors = coloursFor(process.stdout);
  const row = (name: string, value: string): string => `  ${colors.dim(name.padEnd(9))} ${value}\n`;
  return [
    `\n${colors.bold('Linnet')} answers at ${colors.bold(colors.green(server.address))} ${colors.dim(`(ready in ${readyMs} ms)`)}\n\n`,
    config.console ? row('console', `${server.address}/_linnet/console/`) : '',
    row('region', server.region),
    row('account', server.accountId),
    row('keys', `${server.credentials.accessKeyId}  ${colors.dim('secret in the environment below')}`),
    row('data', config.dataFolder),
    config.auth === 'open' ? row('auth', colors.yellow('open: any key is let in')) : '',
    `\nPoint a program at it:\n\n`,
    `  ${colors.cyan(run)}   ${colors.dim('any program, nothing to edit')}\n`,
    `  ${colors.cyan(env.padEnd(run.length))}   ${colors.dim('this shell, and all it starts')}\n`,
    `\n${colors.dim('Ctrl-C stops it; the data stay.')}\n`,
  ].join('');
}
